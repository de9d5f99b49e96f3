namespace Picket.Agent.Ingest;

/// <summary>How an <see cref="IngestThread"/> comes back to a source that failed.</summary>
internal sealed record IngestOptions
{
    /// <summary>The thread's name.</summary>
    public string Name { get; init; } = "ingest";

    /// <summary>Of the first wait: a camera that only dropped the connection is back at once.</summary>
    public TimeSpan ShortestDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Of waits that doubled often, and of the wait after 401, so that no camera locks the account.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A source that gave frames for this long has recovered: waits start over.</summary>
    public TimeSpan SteadyAfter { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
