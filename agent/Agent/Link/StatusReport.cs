using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Tells the center which events this node still holds: at each connection, and each minute if that has
/// changed.</summary>
internal sealed partial class StatusReport(IOutbox outbox, TimeProvider time, ILogger log)
{
    /// <summary>A message of 300 bytes with its headers: a busy node, whose last number changes with each event, pays 40 of
    /// 32,000 bit/s, and a center that lost its database knows within a minute what a quiet one holds.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Distinguishes this run of the node from every other.</summary>
    private readonly Guid _run = Guid.NewGuid();

    /// <summary>Works until the link has ended or <paramref name="cancel"/> is set; throws for neither.</summary>
    public async Task RunAsync(ILink link, CancellationToken cancel)
    {
        HeldRange[]? told = null;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                if (Held() is not { } held || (told is not null && told.SequenceEqual(held))) continue;
                await link.SendStatusAsync(
                    new NodeStatus(
                        EventEnvelope.SchemaVersion, true, held, told is null ? _run : null, time.GetUtcNow()),
                    cancel);
                told = held;
            }
            while (await timer.WaitForNextTickAsync(cancel));
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
            return [.. outbox.Held().Take(NodeStatus.MaxHeld)];
        }
        catch (SqliteException e)
        {
            LogUnknown(log, e.Message);
            return null;
        }
    }

    [LoggerMessage(1353, LogLevel.Warning, "What the outbox holds can't be reported now: {Reason}")]
    private static partial void LogUnknown(ILogger log, string reason);
}
