namespace Picket.Agent.Ingest;

/// <summary>
/// How long to wait before the next try: doubling from the shortest to the longest delay, half of it by chance so that
/// cameras behind one switch do not all come at once.
/// </summary>
/// <param name="random">A number in 0..1 for each call.</param>
internal sealed class ReconnectDelay(IngestOptions options, Func<double> random)
{
    private int _failures;

    /// <summary>
    /// The wait after a run that gave frames for <paramref name="upFor"/> (zero when it gave none) and then failed.
    /// </summary>
    /// <returns>Between the options' shortest and longest delay. After <see cref="SourceErrorKind.Unauthorized"/> the
    /// longest.</returns>
    public TimeSpan Next(SourceErrorKind kind, TimeSpan upFor)
    {
        if (upFor >= options.SteadyAfter) _failures = 0;
        if (kind == SourceErrorKind.Unauthorized) return options.LongestDelay;

        // 2^20 times any sensible shortest delay is beyond the longest; the limit keeps the shift from overflowing.
        var doubled = options.ShortestDelay * (2L << Math.Min(_failures++, 20));
        if (doubled > options.LongestDelay) doubled = options.LongestDelay;
        var delay = doubled * (0.5 + 0.5 * random());
        return delay < options.ShortestDelay ? options.ShortestDelay : delay;
    }
}
