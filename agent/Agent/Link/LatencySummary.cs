namespace Picket.Agent.Link;

/// <summary>Percentiles by nearest rank over the last samples; zero without any.</summary>
/// <param name="Count">All samples ever, also those that are no longer in the percentiles.</param>
internal readonly record struct LatencySummary(long Count, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Max);
