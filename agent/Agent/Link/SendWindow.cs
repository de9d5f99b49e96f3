namespace Picket.Agent.Link;

/// <summary>Counts the bytes under way by lane (0 goes first) and says what may go next: the lower number first, but no
/// lane starves.</summary>
/// <remarks>A tenth of the window is kept for each lower lane that has something waiting, and every lane may have one
/// message under way whatever its size and the others: an alert never waits for a window full of reads, and a crop
/// chunk passes a window that is smaller than it.</remarks>
internal sealed class SendWindow(int bytes)
{
    /// <summary>Alerts, reads, health, crops.</summary>
    public const int Lanes = 4;

    private const int FloorDivisor = 10;

    private readonly int[] _underWay = new int[Lanes];

    public int Bytes => bytes;

    public int UnderWay { get; private set; }

    /// <param name="waiting">By lane: whether it has something to send.</param>
    public bool Takes(int lane, int size, ReadOnlySpan<bool> waiting)
    {
        if (_underWay[lane] == 0) return true;
        var room = bytes - UnderWay;
        for (var lower = lane + 1; lower < Lanes; lower++)
        {
            if (waiting[lower]) room -= Math.Max(0, (bytes / FloorDivisor) - _underWay[lower]);
        }
        return size <= room;
    }

    public void Add(int lane, int size)
    {
        _underWay[lane] += size;
        UnderWay += size;
    }

    public void Remove(int lane, int size) => Add(lane, -size);
}
