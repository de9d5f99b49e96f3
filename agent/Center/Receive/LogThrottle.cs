namespace Picket.Center.Receive;

/// <summary>Lets one word about a node through at once and then one in ten seconds, which says how many it stands for: a node
/// gone wrong must not fill the log, nor hide in it what is said of others.</summary>
internal sealed class LogThrottle(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>More nodes than a site has; names beyond them, which only a broker that is not ours lets in, share one
    /// place.</summary>
    private const int MaxNodes = 10_000;

    private readonly Dictionary<string, Throttle> _nodes = new(StringComparer.Ordinal);

    /// <param name="tell">Gets the number of words since the last one that was let through, this one with them.</param>
    public void Add(string node, Action<long> tell)
    {
        var key = _nodes.Count < MaxNodes || _nodes.ContainsKey(node) ? node : "";
        if (!_nodes.TryGetValue(key, out var throttle)) _nodes.Add(key, throttle = new Throttle(time, Interval));
        if (throttle.Add() is > 0 and var count) tell(count);
    }
}
