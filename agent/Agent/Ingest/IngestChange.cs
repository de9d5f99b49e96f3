namespace Picket.Agent.Ingest;

/// <summary>A camera came up, or went down.</summary>
/// <param name="At">UTC, by our own clock.</param>
/// <param name="Failure">Null when it came up (its first frame is decoded); otherwise why it is down.</param>
/// <param name="RetryIn">When it is down: how long until the next try.</param>
internal readonly record struct IngestChange(DateTimeOffset At, SourceException? Failure, TimeSpan RetryIn)
{
    public bool IsUp => Failure is null;
}
