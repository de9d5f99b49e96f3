using Picket.Agent.Detect;
using Picket.Agent.Imaging;

namespace Picket.Agent.Recognize;

/// <summary>
/// The picture of a matched face that may leave the node: that face alone; every other face in the cut-out is painted
/// over.
/// </summary>
/// <remarks>One per thread. The only place that encodes a face; called for matches only.</remarks>
internal sealed class FaceCrop : IDisposable
{
    /// <summary>160 x 200 is enough for a person to compare by and about 8 kB: 2 s of a 32 kbit/s line.</summary>
    public const int Width = 160;
    public const int Height = 200;

    /// <summary>The detector's box goes from forehead to chin; a person wants to see hair and ears as well.</summary>
    private const float Margin = 1.5f;
    private const byte Painted = 96;
    private readonly AffineCrop _crop = new(Width, Height, TensorFormat.Plain(ChannelOrder.Rgb));
    private readonly JpegEncoder _encoder = new();
    private readonly byte[] _pixels = new byte[Width * Height * 3];
    private readonly byte[] _jpeg = new byte[64 * 1024];

    /// <summary>
    /// Encodes the face at <paramref name="face"/>, with <paramref name="others"/> (every other face of the scene) painted
    /// over. The array is the caller's.
    /// </summary>
    public byte[] Encode(in YuvPlanes picture, in Detection face, IReadOnlyList<Detection> others)
    {
        var height = face.Height * Margin;
        var width = height * Width / Height;
        float left = face.CenterX - width / 2, top = face.CenterY - height / 2;
        _crop.RunInterleaved(picture, AffineTransform.FromRectangle(left, top, width, height, Width, Height), _pixels);
        var scale = Height / height;
        var own = Place(face, left, top, scale);
        foreach (var other in others) PaintOver(Place(other, left, top, scale), own);
        var length = _encoder.Encode(_pixels, Width, Height, ChannelOrder.Rgb, _jpeg);
        return _jpeg.AsSpan(0, length).ToArray();
    }

    public void Dispose() => _encoder.Dispose();

    private static Detection Place(in Detection box, float left, float top, float scale) =>
        new((box.X - left) * scale, (box.Y - top) * scale, box.Width * scale, box.Height * scale, box.Score);

    /// <summary>Paints the other face with a margin of a tenth; where both overlap, the matched face stays.</summary>
    private void PaintOver(in Detection other, in Detection own)
    {
        float marginX = other.Width / 10, marginY = other.Height / 10;
        int left = Clamp(other.X - marginX, Width), right = Clamp(other.Right + marginX, Width);
        int top = Clamp(other.Y - marginY, Height), bottom = Clamp(other.Bottom + marginY, Height);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                if (x >= own.X && x < own.Right && y >= own.Y && y < own.Bottom) continue;
                _pixels.AsSpan((y * Width + x) * 3, 3).Fill(Painted);
            }
        }
    }

    private static int Clamp(float value, int size) => (int)Math.Clamp(value, 0, size);
}
