using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest;

/// <summary>Turns a picture upright.</summary>
internal static unsafe class PlaneTurn
{
    /// <summary>Turns <paramref name="source"/> (not NV12) into <paramref name="buffer"/>. 4:2:2 becomes 4:4:4 when transposed, since its
    /// chroma would be halved in the other direction.</summary>
    public static PlanePointers Run(in PlanePointers source, Orientation turn, PlaneBuffer buffer)
    {
        var widen = turn.Transpose && source.Layout == PixelLayout.I422 ? 1 : 0;
        var layout = widen == 1 ? PixelLayout.I444 : source.Layout;
        var planes = turn.Transpose
            ? buffer.Shape(layout, source.Height, source.Width)
            : buffer.Shape(layout, source.Width, source.Height);
        int chromaWidth = source.ChromaWidth << widen, chromaHeight = source.ChromaHeight;
        if (widen == 1) chromaWidth = source.Width;
        TurnPlane(source.Y, source.StrideY, source.Width, source.Height, 0, turn, planes.Y, planes.StrideY);
        TurnPlane(source.U, source.StrideC, chromaWidth, chromaHeight, widen, turn, planes.U, planes.StrideC);
        TurnPlane(source.V, source.StrideC, chromaWidth, chromaHeight, widen, turn, planes.V, planes.StrideC);
        return planes;
    }

    private static void TurnPlane(
        byte* source, int sourceStride, int width, int height, int widen, Orientation turn, byte* target,
        int targetStride)
    {
        for (var y = 0; y < height; y++)
        {
            var row = source + (nint)y * sourceStride;
            for (var x = 0; x < width; x++)
            {
                // As libavutil/display.h maps (x, y); the mirror images are of the turned picture.
                int tx = turn.Transpose ? y : x, ty = turn.Transpose ? x : y;
                if (turn.FlipX) tx = (turn.Transpose ? height : width) - 1 - tx;
                if (turn.FlipY) ty = (turn.Transpose ? width : height) - 1 - ty;
                target[(nint)ty * targetStride + tx] = row[x >> widen];
            }
        }
    }
}
