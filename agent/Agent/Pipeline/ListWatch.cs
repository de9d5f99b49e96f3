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
/// Reports which lists are searched and what is wrong with them, in events, warnings and the log; and rereads those that were missing or
/// damaged: a disk that is mounted late must not leave a list unsearched until somebody restarts the node.
/// </summary>
internal sealed partial class ListWatch(
    NodeConfig config, FaceListSource faces, PlateLists plates, NodeWarnings warnings, EventSink sink, TimeProvider time,
    ILogger log)
{
    /// <summary>Soon enough for a disk that is mounted late, and cheap: only faulty lists are read.</summary>
    private static readonly TimeSpan MendEvery = TimeSpan.FromMinutes(1);

    /// <summary>Often enough to show up for anyone reading the last few hours of a journal.</summary>
    private static readonly TimeSpan RemindEvery = TimeSpan.FromHours(1);

    private readonly SortedDictionary<string, string> _open = new(StringComparer.Ordinal);
    private long _remindedAt;

    /// <summary>Reports the state of the lists at startup.</summary>
    public void Begin()
    {
        TellPictures();
        foreach (var source in plates.Sources) TellLines(source);
        foreach (var state in States()) Tell(state);
        foreach (var (subject, text) in Unwatched()) Warn(subject, text);
        _remindedAt = time.GetTimestamp();
        ForgetCopies();
    }

    /// <summary>Rereads faulty lists until <paramref name="cancel"/>.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(MendEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                Mend(cancel);
                Remind();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The node is stopping.
        }
    }

    /// <summary>Rereads faulty lists once.</summary>
    internal void Mend(CancellationToken cancel)
    {
        foreach (var source in plates.Sources)
        {
            if (!source.TryMend(time.GetUtcNow())) continue;
            TellLines(source);
            Tell(source.State);
        }
        if (faces.TryMend(cancel))
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

    /// <summary>What the configuration looks for without effect.</summary>
    private IEnumerable<(string Subject, string Text)> Unwatched()
    {
        var looking = config.Cameras.Where(c => c.Faces).Select(c => c.Name).ToArray();
        if (looking.Length > 0 && config.FaceList is null)
        {
            yield return ("faceList",
                $"faceList is not set: {string.Join(", ", looking)} look for faces, but there is no list; name a faceList, "
                    + "or set 'faces: false'");
        }
        foreach (var camera in config.Cameras.Where(c => c is { Faces: false, Plates: false }))
            yield return ($"camera {camera.Name}", $"camera {camera.Name} looks for nothing: set 'faces: true' or 'plates: true'");
    }

    private void Tell(ListState state)
    {
        Warn(state.Subject, state.Warning);
        sink.Add(
            new EventDraft { Kind = EventKind.ListApplied, At = time.GetUtcNow(), Body = new EventBody { List = state.Body } });
    }

    /// <summary>Sets the warning about <paramref name="subject"/>, or clears it with null; logs changes.</summary>
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
        if (time.GetElapsedTime(_remindedAt) < RemindEvery) return;
        _remindedAt = time.GetTimestamp();
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

    /// <summary>Lists that the configuration no longer names must not stay on the disk.</summary>
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

    [LoggerMessage(1031, LogLevel.Information, "{Subject}: the whole list is searched now")]
    private static partial void LogMended(ILogger log, string subject);

    [LoggerMessage(1033, LogLevel.Information, "{Subject}: {Entries} entries, {Layout}")]
    private static partial void LogRead(ILogger log, string subject, int entries, string layout);

    [LoggerMessage(1032, LogLevel.Warning, "copies of lists that the node no longer has can't be removed: {Reason}")]
    private static partial void LogCopiesStay(ILogger log, string reason);
}
