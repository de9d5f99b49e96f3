namespace Picket.Agent.Config;

/// <summary>How much and how long the node keeps events.</summary>
internal sealed record OutboxConfig
{
    /// <summary>
    /// Bytes the outbox may use. A busy node makes 100,000 events of 1 kB and 2,000 crops of 20 kB a day: 1 GiB holds a
    /// week without a line.
    /// </summary>
    public long BudgetBytes { get; init; } = 1L << 30;

    /// <summary>How long acknowledged events stay, so that a rebuilt center can be filled again.</summary>
    public TimeSpan KeepAcked { get; init; } = TimeSpan.FromDays(7);
}
