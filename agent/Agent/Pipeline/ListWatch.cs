using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Lists;
using Picket.Agent.Outbox;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Pipeline;

/// <summary>
/// Tells which lists are searched and what is wrong with them, as events, warnings and in the log; and reads again those
/// that were missing or damaged, for a disk that came late must not leave a list unwatched until somebody restarts the
/// node.
/// </summary>
internal sealed partial class ListWatch(
    NodeConfig config, FaceListSource faces, PlateLists plates, NodeWarnings warnings, EventSink sink, TimeProvider clock,
    ILogger log)
{
    /// <summary>Soon enough for a disk that is mounted late, and of no weight: only faulty lists are read.</summary>
    private static readonly TimeSpan MendEvery = TimeSpan.FromMinutes(1);

    /// <summary>Often enough that who reads the last hours of a journal meets it.</summary>
    private static readonly TimeSpan RemindEvery = TimeSpan.FromHours(1);

    private readonly SortedDictionary<string, string> _open = new(StringComparer.Ordinal);
    private long _remindedAt;

    /// <summary>Tells how the lists are at the start.</summary>
    public void Begin()
    {
        TellPictures();
        foreach (var source in plates.Sources) TellLines(source);
        foreach (var state in States()) Tell(state);
        foreach (var (subject, text) in Unwatched()) Warn(subject, text);
        _remindedAt = clock.GetTimestamp();
        ForgetCopies();
    }

    /// <summary>Reads faulty lists again until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(MendEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                Mend(stop);
                Remind();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    /// <summary>Reads faulty lists once more.</summary>
    internal void Mend(CancellationToken stop)
    {
        foreach (var source in plates.Sources)
        {
            if (!source.TryMend(clock.GetUtcNow())) continue;
            TellLines(source);
            Tell(source.State);
        }
        if (faces.TryMend(stop))
        {
            TellPictures();
            Tell(faces.State!);
        }
    }

    private IEnumerable<ListState> States()
    {
        foreach (var source in plates.Sources) yield return source.State;
        if (plates.Sources.Count == 0)
        {
            foreach (var list in config.Lists)
            {
                yield return new ListState(
                    list.Name, ListAppliedBody.Plates, "", 0, "no camera has 'plates: true', so none searches it");
            }
        }
        if (faces.State is not { } people) yield break;
        yield return config.Cameras.Any(c => c.Faces) ? people
            : people with { Entries = 0, Problem = "no camera has 'faces: true', so none searches it" };
    }

    /// <summary>What is looked for in vain.</summary>
    private IEnumerable<(string Subject, string Text)> Unwatched()
    {
        var looking = config.Cameras.Where(c => c.Faces).Select(c => c.Name).ToArray();
        if (looking.Length > 0 && config.FaceList is null)
        {
            yield return ("faceList",
                $"faceList is not set: {string.Join(", ", looking)} look for faces of nobody; name a faceList, or set 'faces: false'");
        }
        foreach (var camera in config.Cameras.Where(c => c is { Faces: false, Plates: false }))
            yield return ($"camera {camera.Name}", $"camera {camera.Name} looks for nothing: set 'faces: true' or 'plates: true'");
    }

    private void Tell(ListState state)
    {
        Warn(state.Subject, state.Warning);
        sink.Add(
            new EventDraft { Kind = EventKind.ListApplied, At = clock.GetUtcNow(), Body = new EventBody { List = state.Body } });
    }

    /// <summary>Says how <paramref name="subject"/> is, or with null that nothing is wrong with it; logs what is
    /// new.</summary>
    private void Warn(string subject, string? text)
    {
        if (_open.GetValueOrDefault(subject) == text) return;
        if (text is null)
        {
            _open.Remove(subject);
            LogMended(log, subject);
        }
        else
        {
            _open[subject] = text;
            LogWarning(log, text);
        }
        warnings.Set("lists", _open.Values);
    }

    private void Remind()
    {
        if (clock.GetElapsedTime(_remindedAt) < RemindEvery) return;
        _remindedAt = clock.GetTimestamp();
        foreach (var text in _open.Values) LogWarning(log, text);
    }

    private void TellPictures()
    {
        foreach (var problem in faces.Now.Problems) LogGalleryProblem(log, problem);
        warnings.Set("gallery", faces.Now.Problems.Select(problem => problem.ToString()));
    }

    private void TellLines(PlateListSource source)
    {
        if (source.Layout.Length > 0) LogRead(log, source.State.Subject, source.State.Entries, source.Layout);
        foreach (var problem in source.Problems) LogPlateListProblem(log, problem);
    }

    /// <summary>What the configuration no longer names is not to lie on the disk any longer.</summary>
    private void ForgetCopies()
    {
        var names = config.Lists.Select(PlateListSource.CopyOf).ToList();
        if (config.FaceList is not null) names.Add(FaceGalleryCopy.FileName);
        try
        {
            new ListCopies(config.StateFolder).KeepOnly(names);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogCopiesStay(log, e.Message);
        }
    }

    [LoggerMessage(1011, LogLevel.Warning, "{Problem}")]
    private static partial void LogGalleryProblem(ILogger log, GalleryProblem problem);

    [LoggerMessage(1015, LogLevel.Warning, "plate list {Problem}")]
    private static partial void LogPlateListProblem(ILogger log, PlateListProblem problem);

    [LoggerMessage(1030, LogLevel.Warning, "{Text}")]
    private static partial void LogWarning(ILogger log, string text);

    [LoggerMessage(1031, LogLevel.Information, "{Subject}: all of it is searched now")]
    private static partial void LogMended(ILogger log, string subject);

    [LoggerMessage(1033, LogLevel.Information, "{Subject}: {Entries} entries, {Layout}")]
    private static partial void LogRead(ILogger log, string subject, int entries, string layout);

    [LoggerMessage(1032, LogLevel.Warning, "copies of lists that the node no longer has can't be removed: {Reason}")]
    private static partial void LogCopiesStay(ILogger log, string reason);
}
