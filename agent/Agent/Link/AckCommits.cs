using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Commits to the outbox what the center has taken or refused for good. What is not committed when the session
/// ends comes again after the resend.</summary>
/// <param name="committed">Called after each commit, on any thread.</param>
internal sealed partial class AckCommits(IOutbox outbox, Action committed, ILogger log)
{
    /// <summary>Acks that wait for their commit: on a full disk no more acks are taken, and then nothing more is sent.</summary>
    private const int MaxUncommittedAcks = 4096;

    private readonly Channel<Guid> _marks = Channel.CreateBounded<Guid>(MaxUncommittedAcks);
    private readonly Channel<(Guid Id, string Reason)> _dead =
        Channel.CreateBounded<(Guid, string)>(MaxUncommittedAcks);

    /// <summary>Whether there is room for what one ack can free: the ids in it and <paramref name="inFlight"/>.</summary>
    public bool HasRoomForAck(int inFlight) => _marks.Reader.Count <= MaxUncommittedAcks - (Ack.MaxIds + inFlight);

    /// <summary>The center has this.</summary>
    public void Add(Guid id) => _marks.Writer.TryWrite(id);

    /// <summary>The center refuses this for good; false when there is no room.</summary>
    public bool TryAddRefused(Guid id, string reason) => _dead.Writer.TryWrite((id, reason));

    /// <summary>Starts to work, until <paramref name="cancel"/> is set.</summary>
    /// <returns>Its loops; each fails with a <see cref="PicketException"/> if the outbox has failed.</returns>
    public Task[] Start(CancellationToken cancel) => [MarkAsync(cancel), BuryAsync(cancel)];

    private async Task MarkAsync(CancellationToken cancel)
    {
        var batch = new List<Guid>();
        try
        {
            while (await _marks.Reader.WaitToReadAsync(cancel))
            {
                batch.Clear();
                while (_marks.Reader.TryRead(out var id)) batch.Add(id);
                await outbox.MarkAckedAsync(batch.ToArray(), cancel);
                committed();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends; an ack that was not committed comes again after the resend.
        }
    }

    /// <summary>Keeps what the center refuses for good as dead letters.</summary>
    private async Task BuryAsync(CancellationToken cancel)
    {
        var batch = new List<(Guid, string)>();
        try
        {
            while (await _dead.Reader.WaitToReadAsync(cancel))
            {
                batch.Clear();
                while (_dead.Reader.TryRead(out var one)) batch.Add(one);
                var buried = await outbox.BuryAsync(batch.ToArray(), cancel);
                if (buried > 0) LogRefused(log, buried, batch[^1].Item2);
                committed();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends; a refusal that was not committed comes again after the resend.
        }
    }

    [LoggerMessage(1314, LogLevel.Error, "The center refuses {Count} events for good, the last because of {Reason}: they are kept as "
        + "dead letters and not sent again; see picket outbox list")]
    private static partial void LogRefused(ILogger log, int count, string reason);
}
