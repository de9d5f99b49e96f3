using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest;

/// <summary>
/// Memory for the planes of a picture that had to be converted; grows to the largest picture seen and is reused.
/// </summary>
internal sealed unsafe class PlaneBuffer
{
    /// <summary>Rows start at multiples of a vector, and a vector may be read past the last one.</summary>
    private const int Alignment = 64;

    private byte[] _bytes = [];

    /// <summary>
    /// Planes of the requested shape, with undefined content; valid until the next call. Not for NV12, which no conversion produces.
    /// </summary>
    public PlanePointers Shape(PixelLayout layout, int width, int height)
    {
        var planes = new PlanePointers { Width = width, Height = height, Layout = layout };
        planes.StrideY = RoundUp(width);
        planes.StrideC = RoundUp(planes.ChromaWidth);
        var luma = planes.StrideY * height;
        var chroma = planes.StrideC * planes.ChromaHeight;
        var needed = luma + 2 * chroma + 2 * Alignment;
        if (_bytes.Length < needed) _bytes = GC.AllocateUninitializedArray<byte>(needed, pinned: true);

        // Pinned: the address stays, and the array lives as long as this object.
        var start = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _bytes[0]);
        planes.Y = start + (Alignment - (nint)start % Alignment) % Alignment;
        planes.U = planes.Y + luma;
        planes.V = planes.U + chroma;
        return planes;
    }

    private static int RoundUp(int bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
