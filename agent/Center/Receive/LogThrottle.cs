namespace Picket.Center.Receive;

/// <summary>Lets the first log line about a node through at once and then one in ten seconds, which says how many it stands for:
/// a faulty node must not fill the log, nor bury what is logged about others.</summary>
internal sealed class LogThrottle(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>More nodes than a site has; further names, which only a foreign broker would admit, share one
    /// throttle.</summary>
    private const int MaxNodes = 10_000;

    private readonly Dictionary<string, Throttle> _nodes = new(StringComparer.Ordinal);

    /// <param name="tell">Receives the number of calls since the last line that was let through, including this one.</param>
    public void Add(string node, Action<long> tell)
    {
        var key = _nodes.Count < MaxNodes || _nodes.ContainsKey(node) ? node : "";
        if (!_nodes.TryGetValue(key, out var throttle)) _nodes.Add(key, throttle = new Throttle(time, Interval));
        if (throttle.Add() is > 0 and var count) tell(count);
    }
}
