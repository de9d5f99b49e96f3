namespace Picket.Agent.Link;

/// <summary>Measures what the line carries by what comes back acknowledged, and derives how many bytes may be under way:
/// enough to keep it busy, but at most about a second's worth, so that an alert never waits behind more.</summary>
/// <remarks>As TCP Vegas (Brakmo and Peterson, 1995) it watches the delay that our own bytes cause: the round trip
/// beyond the shortest one of this connection. Loss says nothing here, because TCP hides it.</remarks>
internal sealed class LineRate(int maxBytes, TimeProvider time)
{
    /// <summary>One second of a 32 kbit/s line: what may go out before anything is known.</summary>
    public const int FirstBytes = 4000;

    /// <summary>A center that takes a second for a commit still gets ten packed reads a second from each node.</summary>
    public const int LeastBytes = 2000;

    /// <summary>What a message takes on the wire besides its payload: MQTT header and topic 30 bytes, TLS record 22,
    /// TCP and IP 52.</summary>
    public const int MessageOverheadBytes = 104;

    /// <summary>Below this the line has room for more.</summary>
    private static readonly TimeSpan LittleDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>How much stays under way when there was too much.</summary>
    private static readonly TimeSpan KeptDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Beyond this, too much is under way.</summary>
    private static readonly TimeSpan MuchDelay = TimeSpan.FromMilliseconds(750);

    /// <summary>For each of the two kinds of answers: the broker's own, for crops, and the center's, which comes from farther
    /// away and after a commit.</summary>
    private readonly TimeSpan[] _shortest = [TimeSpan.MaxValue, TimeSpan.MaxValue];
    private long _delivered;
    private long _changedAt;

    /// <summary>Bytes that may be under way.</summary>
    public int WindowBytes { get; private set; } = Math.Min(FirstBytes, maxBytes);

    /// <summary>What the line carried when it was last full, or null if it never was.</summary>
    public double? BytesPerSecond { get; private set; }

    /// <summary>Taken when a message is sent, and handed in again with its acknowledgment.</summary>
    public SendMark Mark(int underWay) => new(time.GetTimestamp(), _delivered, underWay * 2 >= WindowBytes);

    /// <summary><paramref name="bytes"/> that were sent at <paramref name="mark"/>, and once only, have
    /// arrived.</summary>
    /// <param name="isFirstHop">Acknowledged by the broker, not the center: each is compared with its own kind.</param>
    public void Arrived(SendMark mark, int bytes, bool isFirstHop = false)
    {
        _delivered += bytes;
        var roundTrip = time.GetElapsedTime(mark.At);
        ref var shortest = ref _shortest[isFirstHop ? 0 : 1];
        if (roundTrip < shortest) shortest = roundTrip;
        var delay = roundTrip - shortest;
        if (delay < LittleDelay)
        {
            // Grows by as many bytes as have arrived: it doubles with each round trip, as long as it is used.
            if (mark.IsBusy) WindowBytes = Math.Min(maxBytes, WindowBytes + bytes);
            return;
        }
        BytesPerSecond = (_delivered - mark.Delivered) / roundTrip.TotalSeconds;
        // What was sent before the last change reflects the window before it.
        if (delay < MuchDelay || mark.At < _changedAt) return;
        _changedAt = time.GetTimestamp();
        var fitting = BytesPerSecond.Value * (shortest + KeptDelay).TotalSeconds;
        WindowBytes = (int)Math.Clamp(fitting, Math.Min(LeastBytes, maxBytes), WindowBytes);
    }
}

/// <summary>The state of the line when a message was sent.</summary>
/// <param name="At">Timestamp of the time provider.</param>
/// <param name="Delivered">Bytes that had arrived by then.</param>
/// <param name="IsBusy">At least half of the window was under way.</param>
internal readonly record struct SendMark(long At, long Delivered, bool IsBusy);
