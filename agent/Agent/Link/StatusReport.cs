using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Tells the center which events this node still holds: at each connection, and when the oldest of them or the
/// epoch has changed.</summary>
internal sealed partial class StatusReport(OutboxStore outbox, TimeProvider time, ILogger log)
{
    /// <summary>A message of 150 bytes: a half percent of a 32 kbit/s line if retention works all day.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    /// <summary>Works until the link has ended or <paramref name="cancel"/> is set; throws for neither.</summary>
    public async Task RunAsync(ILink link, CancellationToken cancel)
    {
        HeldRange[]? told = null;
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            do
            {
                if (Held() is not { } held || (told is not null && !HasChanged(told, held))) continue;
                await link.SendStatusAsync(
                    new NodeStatus(EventEnvelope.SchemaVersion, true, held), cancel).ConfigureAwait(false);
                told = held;
            }
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false));
        }
        catch (LinkException)
        {
            // The link has ended; the next one begins with a status.
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The session ends.
        }
    }

    private HeldRange[]? Held()
    {
        try
        {
            return [.. outbox.Reader.Held().Take(NodeStatus.MaxHeld)];
        }
        catch (SqliteException e)
        {
            LogUnknown(log, e.Message);
            return null;
        }
    }

    /// <summary>The last number alone, which changes with each event, is told with the next change.</summary>
    private static bool HasChanged(HeldRange[] told, HeldRange[] held) =>
        !told.Select(range => (range.Epoch, range.Low)).SequenceEqual(held.Select(range => (range.Epoch, range.Low)));

    [LoggerMessage(1353, LogLevel.Warning, "What the outbox holds can't be told now: {Reason}")]
    private static partial void LogUnknown(ILogger log, string reason);
}
