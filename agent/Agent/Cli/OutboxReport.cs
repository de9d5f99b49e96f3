using System.Globalization;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Cli;

/// <summary>What <c>picket outbox status</c> shows: the outbox itself, and what the node last reported about its disk and what
/// it had to drop.</summary>
/// <param name="DeadLetters">Events that the center refused for good: kept, and not sent again.</param>
/// <param name="NodeAt">When the node reported that; null if it never did.</param>
/// <param name="LeftOutEvents">Lesser events not written while the disk took none, since the node started.</param>
/// <param name="LeftOutCrops">The same for pictures.</param>
/// <param name="DiskFails">The disk took no events at that time.</param>
/// <param name="DiskFailedSeconds">How long that was so since the node started.</param>
/// <param name="ReadOnlyDisk">The disk is mounted read-only now.</param>
internal sealed record OutboxReport(
    Guid Epoch,
    long LastSeq,
    long Pending,
    long PendingAlerts,
    long Acked,
    long PendingCrops,
    DateTimeOffset? OldestPending,
    long Bytes,
    long LostEvents,
    long LostCrops,
    long DeadLetters,
    DateTimeOffset? NodeAt,
    long LeftOutEvents,
    long LeftOutCrops,
    bool DiskFails,
    long DiskFailedSeconds,
    bool ReadOnlyDisk,
    IReadOnlyList<string> Warnings)
{
    /// <param name="node">What the node last reported, or null.</param>
    public static OutboxReport Of(OutboxReader outbox, NodeSnapshot? node)
    {
        var status = outbox.Status();
        return new OutboxReport(
            status.Epoch, status.LastSeq, status.Pending, status.PendingAlerts, status.Acked, status.PendingCrops,
            status.OldestPending, status.Bytes, status.LostEvents, status.LostCrops, status.DeadLetters, node?.At,
            node?.Losses?.EventsLeftOut ?? 0, node?.Losses?.CropsLeftOut ?? 0, node?.DiskFails ?? false,
            node?.Losses?.DiskFailedSeconds ?? 0, outbox.IsReadOnlyDisk, node?.Warnings ?? []);
    }

    public string Text()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"""
            epoch     {Epoch}
            last seq  {LastSeq}
            pending   {Pending} events ({PendingAlerts} alerts), {PendingCrops} crops; oldest {Text(OldestPending)}
            acked     {Acked} events
            used      {Bytes / 1024} kB
            lost      {LostEvents} events, {LostCrops} crops
            dead      {DeadLetters} events that the center refused for good; see picket outbox list
            left out  {LeftOutEvents} lesser events, {LeftOutCrops} crops while the disk took none
            disk      {DiskText()}
            """);
        return string.Join('\n', [text, .. Warnings.Select(warning => $"warning   {PlainText.Of(warning, 200)}")]);
    }

    private string DiskText() => this switch
    {
        { ReadOnlyDisk: true } => "read-only now: nothing can be written",
        { NodeAt: null } => "the node has reported nothing yet",
        { DiskFails: true } => string.Create(
            CultureInfo.InvariantCulture, $"took no events at {Text(NodeAt)}, for {DiskFailedSeconds} s in all"),
        _ => string.Create(
            CultureInfo.InvariantCulture, $"in order at {Text(NodeAt)}; took no events for {DiskFailedSeconds} s in all"),
    };

    private static string Text(DateTimeOffset? time) =>
        time is { } at ? at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "none";
}
