using System.Security.Cryptography;
using Picket.Agent.Config;
using Picket.Agent.Lists;
using Picket.Wire;

namespace Picket.Agent.Plates.Lists;

/// <summary>
/// One list of plates: read from its file or, when that is missing or damaged, from the copy of the last good one.
/// Searched by all threads; read by one at a time.
/// </summary>
internal sealed class PlateListSource
{
    /// <summary>This many entries, spread over the list, show whether its plates are plates.</summary>
    private const int Sampled = 2_000;

    private readonly PlateListConfig _config;
    private readonly ListCopies _copies;
    private readonly PlateTraffic _traffic;
    private readonly PlateConfusions _confusions;
    private volatile PlateList _list;
    private byte[] _tried = [];

    /// <summary>Reads the list; never fails, whatever is in the file.</summary>
    public PlateListSource(
        PlateListConfig config, ListCopies copies, PlateTraffic traffic, PlateConfusions confusions, DateTimeOffset now)
    {
        (_config, _copies, _traffic, _confusions) = (config, copies, traffic, confusions);
        _list = Make("", []);
        State = new ListState(config.Name, ListAppliedBody.Plates, "", 0);
        Read(now);
    }

    public PlateList List => _list;

    public ListState State { get; private set; }

    /// <summary>How the file's lines were split; empty while it can't be used.</summary>
    public string Layout { get; private set; } = "";

    /// <summary>Lines that could not be used.</summary>
    public IReadOnlyList<PlateListProblem> Problems { get; private set; } = [];

    /// <summary>The file name of its copy.</summary>
    public static string CopyOf(PlateListConfig config) => $"{config.Name}.csv";

    /// <summary>Reads the file again if the list is not whole; true when that changed something.</summary>
    public bool TryMend(DateTimeOffset now)
    {
        if (State.Problem is null) return false;
        var before = State;
        Read(now);
        return State != before;
    }

    private void Read(DateTimeOffset now)
    {
        byte[] bytes;
        try
        {
            bytes = PlateListFile.ReadBytes(_config.File);
        }
        catch (PicketException e)
        {
            _tried = [];
            StandIn(e.Message);
            return;
        }
        var digest = SHA256.HashData(bytes);
        if (digest.AsSpan().SequenceEqual(_tried)) return;
        _tried = digest;
        try
        {
            var (entries, version, problems) = PlateListFile.Parse(bytes, _config.File, out var columns);
            Layout = columns.ToString();
            _list = Make(version, entries);
            Problems = problems;
            State = State with
            {
                Version = version,
                Entries = entries.Count,
                Problem = ProblemOf(entries, problems, now),
                LastGood = false,
            };
        }
        catch (PicketException e)
        {
            StandIn(e.Message);
            return;
        }
        Keep(bytes);
    }

    private string? ProblemOf(List<PlateListEntry> entries, List<PlateListProblem> problems, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime).DayNumber;
        if (entries.Count == 0) return $"{_config.File} has no plate in it";
        if (entries.TrueForAll(e => e.LastDay < today)) return $"the last day of every plate in {_config.File} has passed";
        if (Strange(entries) is { } strange) return strange;
        return problems.Count == 0 ? null
            : $"{_config.File}: line {problems[0].Line}: {problems[0].Fault}"
                + (problems.Count > 1 ? $"; {problems.Count - 1} more in the log" : "");
    }

    /// <summary>Lists have foreign and personal plates; if most have no known format, a column was read as part of the
    /// plate, or the list is from another country. One or two plates prove nothing.</summary>
    private string? Strange(List<PlateListEntry> entries)
    {
        var (unknown, looked) = (0, 0);
        var step = Math.Max(1, entries.Count / Sampled);
        for (var i = 0; i < entries.Count; i += step, looked++)
            if (!_traffic.IsKnown(entries[i].Plate)) unknown++;
        return unknown < 3 || unknown <= looked / 2 ? null
            : $"{_config.File}: {unknown} of {looked} plates have no format known in the cameras' regions; is a column read as part of the "
                + "plate, or are they from another region?";
    }

    /// <summary>The last good list stays in use.</summary>
    private void StandIn(string problem)
    {
        (Problems, Layout) = ([], "");
        if (_list.Count == 0) LoadCopy(ref problem);
        State = State with
        {
            Version = _list.Version,
            Entries = _list.Count,
            Problem = problem,
            LastGood = _list.Count > 0,
        };
    }

    private void LoadCopy(ref string problem)
    {
        try
        {
            if (_copies.Read(CopyOf(_config)) is not { } copy) return;
            var (entries, version, _) = PlateListFile.Parse(copy, _copies.FileOf(CopyOf(_config)));
            _list = Make(version, entries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PicketException)
        {
            problem += $"; its last good copy can't be used ({e.Message})";
        }
    }

    private void Keep(byte[] bytes)
    {
        try
        {
            _copies.Keep(CopyOf(_config), bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            State = State with { Problem = $"{State.Problem ?? "all entries are searched"}; no copy of it can be kept ({e.Message})" };
        }
    }

    private PlateList Make(string version, List<PlateListEntry> entries) =>
        new(_config.Name, version, _config.FalseHitsPerPassage, entries, _traffic, _confusions);
}
