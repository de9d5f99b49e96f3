namespace Picket.Agent.Link;

/// <summary>How the pump treats the line.</summary>
internal sealed record LinkOptions
{
    /// <summary>The most bytes that may be under way without the center's ack; on a thin line
    /// <see cref="LineRate.WindowBytes"/> are fewer. See <see cref="Config.LinkConfig.WindowBytes"/>.</summary>
    public int WindowBytes { get; init; } = 64 * 1024;

    /// <summary>If nothing comes back for this long although the first hop has everything, what waits for an ack is sent
    /// again. The center acks after a commit of milliseconds.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When the center has acknowledged nothing for this long, though events are under way, only single events follow, ever
    /// more slowly (<see cref="QuietCenter"/>). A full line of 32 kbit/s (a second), a satellite's round trip (1.2 s) and a slow commit
    /// take less together.</summary>
    public TimeSpan HoldAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>What the center left unacknowledged five times, while it acknowledged others, is tried again this often
    /// while the connection lives.</summary>
    public TimeSpan RetryGivenUpAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>While the center is absent, one message probes for it this often.</summary>
    public TimeSpan AbsenceRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>5,000 nodes that come back at once need 13 s of handshakes on one broker: spread over up to 30
    /// s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>While connected to another endpoint than the first, the first is tried again this often.</summary>
    public TimeSpan PreferFirstAfter { get; init; } = TimeSpan.FromMinutes(10);
}
