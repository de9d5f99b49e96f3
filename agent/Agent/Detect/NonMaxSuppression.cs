namespace Picket.Agent.Detect;

/// <summary>Keeps the best box of each object and drops the others that overlap it.</summary>
internal static class NonMaxSuppression
{
    /// <summary>Sorts <paramref name="boxes"/> by falling score and moves the kept ones to the front; returns how many
    /// they are. Allocates nothing.</summary>
    /// <param name="overlap">Boxes whose intersection over union with a kept one is above it are dropped.</param>
    public static int Run(Span<Detection> boxes, float overlap)
    {
        boxes.Sort(static (a, b) => b.Score.CompareTo(a.Score));
        var kept = 0;
        for (var i = 0; i < boxes.Length; i++)
        {
            if (OverlapsAny(boxes[..kept], boxes[i], overlap)) continue;
            boxes[kept++] = boxes[i];
        }
        return kept;
    }

    private static bool OverlapsAny(ReadOnlySpan<Detection> kept, in Detection box, float overlap)
    {
        foreach (ref readonly var other in kept)
        {
            if (other.IoU(box) > overlap) return true;
        }
        return false;
    }
}
