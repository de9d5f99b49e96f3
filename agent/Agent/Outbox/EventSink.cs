using Microsoft.Extensions.Logging;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>
/// From the analysis loops to the outbox: takes decided events without waiting, and decides what is kept out of the outbox's queue while
/// the disk takes nothing.
/// </summary>
/// <remarks>
/// The queue is then kept small, the least important first: pictures are left out first, then health, then updates of reads, and then the
/// cameras stop. Alerts, and the beginning and end of every read, are always taken. What was left out is counted, and declared by a gap
/// event as soon as the disk takes events again.
/// </remarks>
internal sealed partial class EventSink(OutboxStore outbox, ILogger log)
{
    /// <summary>
    /// While a disk is full, cameras stop at this many waiting events (half of them with a crop of 10 kB: 1.5 MB) and
    /// drop frames instead of events.
    /// </summary>
    private const int Room = 256;

    /// <summary>From here on events come without their pictures: twice what the ends of 16 cameras' passages produce at once.</summary>
    private const int CropRoom = 128;

    /// <summary>From here on without health; of each camera's ups and downs only the last is kept.</summary>
    private const int HealthRoom = 192;

    /// <summary>From here on without updates of reads: the passage's end reports the same.</summary>
    private const int UpdateRoom = 224;

    private const string Reason = "the disk took no events for a while";

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, EventDraft> _states = new(StringComparer.Ordinal);
    private long _declaredCrops;
    private long _declaredEvents;
    private long _crops;
    private long _events;
    private int _waiting;
    private int _failed;
    private bool _isComplete;

    /// <summary>False when the loops should wait: the outbox is not taking events right now.</summary>
    public bool HasRoom => Waiting < Room;

    /// <summary>Decided and not yet committed.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Decided events that will never be written, once <see cref="Ended"/> has failed; 0 until then.</summary>
    public int Lost
    {
        get
        {
            lock (_gate) return _ended.Task.IsFaulted ? _failed + _waiting : 0;
        }
    }

    /// <summary>Pictures left out since the start.</summary>
    public long CropsLeftOut => Interlocked.Read(ref _crops);

    /// <summary>Events left out since the start: health, superseded camera states, updates of reads.</summary>
    public long EventsLeftOut => Interlocked.Read(ref _events);

    /// <summary>Completes after <see cref="Complete"/>, when everything is committed; fails with a <see cref="PicketException"/> when the
    /// outbox has failed, or the node's shutdown cut short the wait for a full disk.</summary>
    public Task Ended => _ended.Task;

    /// <summary>
    /// Accepts the event; it exists once it is committed. Never waits for the disk; callers hold back according to <see cref="HasRoom"/>.
    /// </summary>
    public void Add(EventDraft draft)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                LogTooLate(log, draft.Kind);
                return;
            }
            if (!IsLeftOut(draft)) Write(draft);
        }
    }

    /// <summary>Call before making an event's picture: false when the event has to go without, which is counted.</summary>
    public bool TakesCrop()
    {
        lock (_gate)
        {
            if (_waiting < CropRoom) return true;
            Interlocked.Increment(ref _crops);
            return false;
        }
    }

    /// <summary>No more events come: <see cref="Ended"/> completes when the last one is committed.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Settle();
        }
    }

    private bool IsLeftOut(EventDraft draft)
    {
        switch (draft)
        {
            case { Kind: EventKind.NodeHealth or EventKind.ListApplied } when _waiting >= HealthRoom:
            case { Kind: EventKind.PlateRead, Phase: PassagePhase.Update } when _waiting >= UpdateRoom:
                Interlocked.Increment(ref _events);
                return true;
            case { Kind: EventKind.CameraDown or EventKind.CameraUp, Camera: { } camera }:
                // A state that had to wait must not be sent after this one.
                if (_states.Remove(camera)) Interlocked.Increment(ref _events);
                if (_waiting < HealthRoom) return false;
                _states[camera] = draft;
                return true;
            default:
                return false;
        }
    }

    private void Write(EventDraft draft)
    {
        draft = draft with { Id = Guid.CreateVersion7(draft.At) };
        _waiting++;
        outbox.Append(draft, failure => Written(draft, failure));
    }

    /// <summary>On the writer's thread.</summary>
    private void Written(EventDraft draft, Exception? failure)
    {
        lock (_gate)
        {
            _waiting--;
            if (failure is not (null or ArgumentException))
            {
                _failed++;
                _ended.TrySetException(failure);
                return;
            }
            // One event that no outbox would accept must not stop those behind it.
            if (failure is not null) LogUnacceptable(log, draft.Kind, draft.Id, failure);
            if (_waiting < CropRoom) Settle();
        }
    }

    /// <summary>Sends the camera states that had to wait, and declares what was left out.</summary>
    private void Settle()
    {
        foreach (var state in _states.Values) Write(state);
        _states.Clear();
        var (crops, events) = (_crops - _declaredCrops, _events - _declaredEvents);
        if (crops + events > 0)
        {
            LogLeftOut(log, crops, events);
            (_declaredCrops, _declaredEvents) = (_crops, _events);
            Write(outbox.LeftOut(crops, events, Reason));
        }
        if (_isComplete && _waiting == 0) _ended.TrySetResult();
    }

    [LoggerMessage(1020, LogLevel.Error,
        "event {Kind} {Id} was rejected and is lost; this is a bug, please report it")]
    private static partial void LogUnacceptable(ILogger log, EventKind kind, Guid id, Exception e);

    [LoggerMessage(1021, LogLevel.Warning, "event {Kind} came after the end of the run and is lost")]
    private static partial void LogTooLate(ILogger log, EventKind kind);

    [LoggerMessage(1022, LogLevel.Warning,
        "the disk took no events for a while: {Crops} pictures and {Events} lesser events were left out")]
    private static partial void LogLeftOut(ILogger log, long crops, long events);
}

/// <summary>Where a camera's lanes send what they decide: counts it and passes it to the outbox.</summary>
internal sealed class CameraEvents(EventSink sink, CameraTelemetry telemetry)
{
    /// <param name="decoded">When the deciding frame was decoded, or null.</param>
    public void Send(EventDraft draft, long? decoded)
    {
        telemetry.EventMade();
        sink.Add(draft with { Decoded = decoded });
    }

    /// <summary>
    /// Makes the picture of an event that is about to be sent; null when that fails, which must never cost the event, or while the disk
    /// takes nothing.
    /// </summary>
    public OutboxCrop? TryMakeCrop(DateTimeOffset at, Func<byte[]> encode)
    {
        if (!sink.TakesCrop()) return null;
        try
        {
            return new OutboxCrop(Guid.CreateVersion7(at), encode());
        }
        catch (Exception e) when (e is PicketException or ArgumentException)
        {
            telemetry.CropLost();
            return null;
        }
    }
}
