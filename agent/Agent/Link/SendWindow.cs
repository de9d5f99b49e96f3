namespace Picket.Agent.Link;

/// <summary>Counts the bytes under way by lane (0 goes first) and decides what may go next: the lower number first, but no lane
/// starves.</summary>
/// <remarks>A tenth of the window is kept for each lower lane that has something waiting. An alert never waits for a
/// window full of reads: its lane may always have one message under way. A lower lane may too, whatever the message's
/// size and the window, once the others have had nine times as much since its last one: a crop chunk gets through a window
/// that is smaller than the chunk, and takes no more than its tenth of the line. What is too little room for a message of a
/// higher lane is none for a lower one's: only the tenth that is kept for it.</remarks>
internal sealed class SendWindow(int bytes)
{
    /// <summary>Alerts, reads, health, crops.</summary>
    public const int Lanes = 4;

    private const int FloorDivisor = 10;

    private readonly int[] _underWay = new int[Lanes];

    /// <summary>By lane: bytes of the others since its last message.</summary>
    private readonly long[] _passedBy = new long[Lanes];

    /// <summary>By lane: its next message found too little room.</summary>
    private readonly bool[] _isRefused = new bool[Lanes];

    /// <summary>Follows the line.</summary>
    public int Bytes { get; set; } = bytes;

    public int UnderWay { get; private set; }

    /// <summary>To be asked lane by lane, the higher ones first.</summary>
    /// <param name="waiting">By lane: whether it has something to send.</param>
    public bool Takes(int lane, int size, ReadOnlySpan<bool> waiting)
    {
        var takes = IsItsTurn(lane, size) || size <= Room(lane, waiting);
        _isRefused[lane] = !takes;
        return takes;
    }

    private bool IsItsTurn(int lane, int size) => UnderWay == 0
        || (_underWay[lane] == 0 && (lane == 0 || _passedBy[lane] >= (FloorDivisor - 1) * (long)size));

    private int Room(int lane, ReadOnlySpan<bool> waiting)
    {
        var room = Bytes - UnderWay;
        for (var higher = 0; higher < lane; higher++)
        {
            if (waiting[higher] && _isRefused[higher]) room = Math.Min(room, (Bytes / FloorDivisor) - _underWay[lane]);
        }
        for (var lower = lane + 1; lower < Lanes; lower++)
        {
            if (waiting[lower]) room -= Math.Max(0, (Bytes / FloorDivisor) - _underWay[lower]);
        }
        return room;
    }

    /// <summary>What is under way on <paramref name="lane"/>.</summary>
    public int UnderWayOn(int lane) => _underWay[lane];

    public void Add(int lane, int size)
    {
        _underWay[lane] += size;
        UnderWay += size;
        for (var other = 0; other < Lanes; other++) _passedBy[other] += size;
        _passedBy[lane] = 0;
    }

    public void Remove(int lane, int size)
    {
        _underWay[lane] -= size;
        UnderWay -= size;
    }
}
