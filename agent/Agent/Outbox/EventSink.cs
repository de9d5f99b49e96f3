using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>
/// From the analysis loops to the outbox: takes decided events without waiting, commits them in order, several in one
/// commit.
/// </summary>
/// <remarks>
/// While the disk takes nothing, what waits is kept small from the least on: pictures are left out first, then health,
/// then updates of reads, and then the cameras stop. Alerts, and the beginning and end of every read, are always taken.
/// What was left out is counted, and declared by a gap event as soon as the disk takes events again.
/// </remarks>
internal sealed partial class EventSink(OutboxStore outbox, ILogger log)
{
    /// <summary>
    /// While a disk is full, cameras stop at this many waiting events (half of them with a crop of 10 kB: 1.5 MB) and
    /// drop frames instead of events.
    /// </summary>
    private const int Room = 256;

    /// <summary>From here on events come without their pictures: twice what the ends of 16 cameras' passages make at
    /// once.</summary>
    private const int CropRoom = 128;

    /// <summary>From here on without health; of each camera's going down and coming up only the last is kept.</summary>
    private const int HealthRoom = 192;

    /// <summary>From here on without updates of reads: the passage's end tells the same.</summary>
    private const int UpdateRoom = 224;

    /// <summary>
    /// One group commit takes what came during the last one; 64 is far more than 16 cameras make in an fsync.
    /// </summary>
    private const int Together = 64;

    private const string Reason = "the disk took no events for a while";

    private readonly Channel<EventDraft> _waiting = Channel.CreateUnbounded<EventDraft>();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, EventDraft> _states = new(StringComparer.Ordinal);
    private long _declaredCrops;
    private long _declaredEvents;
    private long _crops;
    private long _events;

    /// <summary>False when the loops should wait: the outbox does not take events at the moment.</summary>
    public bool HasRoom => _waiting.Reader.Count < Room;

    /// <summary>Decided and not yet taken by the outbox.</summary>
    public int Waiting => _waiting.Reader.Count;

    /// <summary>Pictures left out since the start.</summary>
    public long CropsLeftOut => Interlocked.Read(ref _crops);

    /// <summary>Events left out since the start: health, cameras' states that were overtaken, updates of
    /// reads.</summary>
    public long EventsLeftOut => Interlocked.Read(ref _events);

    /// <summary>
    /// Takes the event in; it exists once it is committed. Never blocks; callers stop by <see cref="HasRoom"/>.
    /// </summary>
    public void Add(EventDraft draft, long? decoded, byte[]? crop)
    {
        var waiting = Waiting;
        if (IsLeftOut(draft, waiting)) return;
        if (crop is not null && waiting >= CropRoom)
        {
            Interlocked.Increment(ref _crops);
            (draft, crop) = (draft.WithoutCrop(), null);
        }
        Write(draft, decoded, crop);
    }

    /// <summary>No more events come: <see cref="RunAsync"/> ends when the last one is committed.</summary>
    public void Complete()
    {
        TellStates();
        _waiting.Writer.TryComplete();
    }

    /// <summary>Commits until <see cref="Complete"/>; waits with the outbox while the disk is full.</summary>
    /// <exception cref="PicketException">The outbox has failed for good.</exception>
    public async Task RunAsync()
    {
        var drafts = new List<EventDraft>(Together);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            drafts.Clear();
            while (drafts.Count < Together && _waiting.Reader.TryRead(out var draft)) drafts.Add(draft);
            var commits = await outbox.AppendEachAsync(drafts, CancellationToken.None);
            for (var i = 0; i < commits.Length; i++) await ReportAsync(commits[i], drafts[i]);
            if (Waiting >= CropRoom) continue;
            TellStates();
            await DeclareAsync();
        }
        await DeclareAsync();
    }

    private bool IsLeftOut(EventDraft draft, int waiting)
    {
        switch (draft)
        {
            case { Kind: EventKind.NodeHealth or EventKind.ListApplied } when waiting >= HealthRoom:
            case { Kind: EventKind.PlateRead, Phase: PassagePhase.Update } when waiting >= UpdateRoom:
                Interlocked.Increment(ref _events);
                return true;
            case { Kind: EventKind.CameraDown or EventKind.CameraUp, Camera: { } camera }:
                lock (_gate)
                {
                    // One that had to wait must not be told behind this one.
                    if (_states.Remove(camera)) Interlocked.Increment(ref _events);
                    if (waiting < HealthRoom) return false;
                    _states[camera] = draft;
                    return true;
                }
            default:
                return false;
        }
    }

    /// <summary>How the cameras are, as far as it had to wait.</summary>
    private void TellStates()
    {
        lock (_gate)
        {
            foreach (var state in _states.Values) Write(state, null, null);
            _states.Clear();
        }
    }

    private async Task DeclareAsync()
    {
        var (crops, events) = (CropsLeftOut - _declaredCrops, EventsLeftOut - _declaredEvents);
        if (crops + events == 0) return;
        LogLeftOut(log, crops, events);
        await outbox.DeclareLeftOutAsync(crops, events, Reason, CancellationToken.None);
        (_declaredCrops, _declaredEvents) = (_declaredCrops + crops, _declaredEvents + events);
    }

    private void Write(EventDraft draft, long? decoded, byte[]? crop)
    {
        draft = draft with
        {
            Id = Guid.CreateVersion7(draft.At),
            Decoded = decoded,
            Crop = crop is null ? null : new OutboxCrop(draft.CropId!.Value, crop),
        };
        if (!_waiting.Writer.TryWrite(draft)) LogTooLate(log, draft.Kind);
    }

    private async Task ReportAsync(Task commit, EventDraft draft)
    {
        try
        {
            await commit;
        }
        catch (ArgumentException e)
        {
            // One event that no outbox would take must not stop those behind it.
            LogUnacceptable(log, draft.Kind, draft.Id, e);
        }
    }

    [LoggerMessage(1020, LogLevel.Error,
        "event {Kind} {Id} is not acceptable and lost; this is a bug, please report it")]
    private static partial void LogUnacceptable(ILogger log, EventKind kind, Guid id, Exception e);

    [LoggerMessage(1021, LogLevel.Warning, "event {Kind} came after the end of the run and is lost")]
    private static partial void LogTooLate(ILogger log, EventKind kind);

    [LoggerMessage(1022, LogLevel.Warning,
        "the disk took no events for a while: {Crops} pictures and {Events} lesser events were left out")]
    private static partial void LogLeftOut(ILogger log, long crops, long events);
}

/// <summary>Where a camera's lanes send what they decide: counted, and on to the outbox.</summary>
internal sealed class CameraEvents(EventSink sink, CameraTelemetry telemetry)
{
    /// <param name="decoded">When the deciding frame was decoded, or null.</param>
    /// <param name="crop">The JPEG that the event names; takes ownership. Null when it names none.</param>
    public void Send(EventDraft draft, long? decoded, byte[]? crop = null)
    {
        telemetry.EventMade();
        sink.Add(draft, decoded, crop);
    }

    /// <summary>
    /// Makes the picture that an event names; null when that fails, which must never cost the event.
    /// </summary>
    public byte[]? TryMakeCrop(Func<byte[]> encode)
    {
        try
        {
            return encode();
        }
        catch (Exception e) when (e is PicketException or ArgumentException)
        {
            telemetry.CropLost();
            return null;
        }
    }
}
