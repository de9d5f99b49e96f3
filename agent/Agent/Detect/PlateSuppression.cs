namespace Picket.Agent.Detect;

/// <summary>Leaves one box per plate, whichever looks at the picture found it.</summary>
internal static class PlateSuppression
{
    /// <summary>Sorts <paramref name="plates"/> by falling score and moves the kept ones to the front; returns how many
    /// they are. Allocates nothing.</summary>
    /// <param name="overlap">A box whose intersection over union with a kept one is above it is dropped.</param>
    /// <param name="containment">So is one that shares more than this part of the smaller of the two with a kept one: a
    /// plate lies in no other, but its upper line or a frame around it looks like one.</param>
    public static int Run(Span<PlateDetection> plates, float overlap, float containment)
    {
        plates.Sort(static (a, b) => b.Box.Score.CompareTo(a.Box.Score));
        var kept = 0;
        for (var i = 0; i < plates.Length; i++)
        {
            if (RepeatsAny(plates[..kept], plates[i].Box, overlap, containment)) continue;
            plates[kept++] = plates[i];
        }
        return kept;
    }

    private static bool RepeatsAny(
        ReadOnlySpan<PlateDetection> kept, in Detection box, float overlap, float containment)
    {
        foreach (ref readonly var other in kept)
        {
            if (other.Box.IoU(box) > overlap || PlateDetection.Containment(other.Box, box) > containment) return true;
        }
        return false;
    }
}
