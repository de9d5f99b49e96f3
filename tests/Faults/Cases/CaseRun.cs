using System.Diagnostics;
using Picket.Faults.Site;

namespace Picket.Faults.Cases;

/// <summary>What a case is given, and where it collects what it finds.</summary>
/// <param name="name">Of the case.</param>
/// <param name="folder">For its sites.</param>
/// <param name="isQuick">The short matrix.</param>
/// <param name="tell">Shows progress: a line.</param>
internal sealed class CaseRun(string name, string folder, int seed, bool isQuick, Action<string> tell)
{
    /// <summary>The first ones tell what is wrong; a report is to be read.</summary>
    private const int MaxFaults = 5;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<Kill> _kills = [];
    private readonly List<string> _faults = [];
    private int _faultCount;
    private int _runs;
    private int _sites;
    private long _events;
    private long _siteEvents;
    private long _lost;
    private long _twice;
    private TimeSpan _worst;

    public string Name => name;

    public int Seed => seed;

    public bool IsQuick => isQuick;

    public string? Note { get; set; }

    public IReadOnlyList<Kill> Kills => _kills;

    /// <summary>A folder for the next site.</summary>
    public string NextFolder() => Path.Combine(folder, $"site-{++_sites}");

    public void Add(Kill kill) => _kills.Add(kill);

    /// <summary>What is wrong and no matter of the judge.</summary>
    public void Fault(string what)
    {
        _faultCount++;
        if (_faults.Count < MaxFaults) _faults.Add(what);
    }

    public void Tell(string what) => tell($"{name}: {what}");

    /// <summary>Judges the site as it is now, drained.</summary>
    public async Task JudgeAsync(FaultSite site, TimeSpan recovery, string what)
    {
        var result = await site.JudgeAsync();
        _runs++;
        _siteEvents = result.Accepted;
        if (recovery > _worst) _worst = recovery;
        Tell($"{what}: {result.Accepted} events, recovered in {recovery.TotalSeconds:0.0} s, "
            + (result.Exact ? "exact" : "NOT exact"));
        if (result.Exact) return;
        _lost += result.Lost;
        _twice += result.Twice;
        Fault($"{what}: " + string.Join(", ", result.Differences.Select(d => $"{d.Key}: {d.Value}")));
    }

    /// <summary>States of a file that were opened again and judged, and how many accepted events were missing.</summary>
    public void AddStates(int count, long lost)
    {
        _runs += count;
        _lost += lost;
    }

    /// <summary>The site's events count from here on.</summary>
    public void EndSite()
    {
        _events += _siteEvents;
        _siteEvents = 0;
    }

    public CaseResult Result() => new(
        name, _runs, _kills, _events + _siteEvents, _lost, _twice, _worst,
        Stopwatch.GetElapsedTime(_started),
        _faultCount > MaxFaults ? [.. _faults, $"and {_faultCount - MaxFaults} more"] : _faults, Note);
}
