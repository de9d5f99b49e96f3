using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Picket.Agent.Decide;
using Picket.Agent.Outbox;

namespace Picket.Agent.Pipeline;

/// <summary>
/// From the analysis loops to the outbox: takes decided events without waiting, commits them in order, several in one
/// commit.
/// </summary>
internal sealed partial class EventSink(OutboxStore outbox, ILogger log)
{
    /// <summary>
    /// While a disk is full, cameras stop at this many waiting events (each with a crop of 10 kB: 2.5 MB) and drop
    /// frames instead of events.
    /// </summary>
    private const int Room = 256;

    /// <summary>
    /// One group commit takes what came during the last one; 64 is far more than 16 cameras make in an fsync.
    /// </summary>
    private const int Together = 64;
    private readonly Channel<OutboxEntry> _waiting = Channel.CreateUnbounded<OutboxEntry>();

    /// <summary>False when the loops should wait: the outbox does not take events at the moment.</summary>
    public bool HasRoom => _waiting.Reader.Count < Room;

    /// <summary>Decided and not yet taken by the outbox.</summary>
    public int Waiting => _waiting.Reader.Count;

    /// <summary>
    /// Takes the event in; it exists once it is committed. Never blocks and never refuses: callers stop by
    /// <see cref="HasRoom"/>.
    /// </summary>
    public void Add(EventDraft draft, long? decoded, byte[]? crop)
    {
        var entry = new OutboxEntry
        {
            Id = Guid.CreateVersion7(draft.At),
            Camera = draft.Camera,
            At = draft.At,
            Kind = draft.Kind,
            Passage = draft.Passage,
            Phase = draft.Phase,
            Rev = draft.Rev,
            Body = draft.Body,
            Decoded = decoded,
            Crop = crop is null ? null : new OutboxCrop(draft.Crop!.Value, crop),
        };
        if (!_waiting.Writer.TryWrite(entry)) LogTooLate(log, draft.Kind);
    }

    public async Task WaitForRoomAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!HasRoom) await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>No more events come: <see cref="RunAsync"/> ends when the last one is committed.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Commits until <see cref="Complete"/>; waits with the outbox while the disk is full.</summary>
    /// <exception cref="PicketException">The outbox has failed for good.</exception>
    public async Task RunAsync()
    {
        var commits = new List<Task>(Together);
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            commits.Clear();
            while (commits.Count < Together && _waiting.Reader.TryRead(out var entry)) commits.Add(AppendAsync(entry));
            await Task.WhenAll(commits).ConfigureAwait(false);
        }
    }

    private async Task AppendAsync(OutboxEntry entry)
    {
        try
        {
            await outbox.AppendAsync(entry, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ArgumentException e)
        {
            // One event that no outbox would take must not stop those behind it.
            LogUnacceptable(log, entry.Kind, entry.Id, e);
        }
    }

    [LoggerMessage(1020, LogLevel.Error,
        "event {Kind} {Id} is not acceptable and lost; this is a bug, please report it")]
    private static partial void LogUnacceptable(ILogger log, Wire.EventKind kind, Guid id, Exception e);

    [LoggerMessage(1021, LogLevel.Warning, "event {Kind} came after the end of the run and is lost")]
    private static partial void LogTooLate(ILogger log, Wire.EventKind kind);
}
