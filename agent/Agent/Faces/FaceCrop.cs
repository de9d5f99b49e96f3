using Picket.Agent.Imaging;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>
/// The picture of a matched face that may leave the node: that head alone. Everything outside its outline is one gray,
/// as is every other face that reaches into it.
/// </summary>
/// <remarks>One per thread. The only place that encodes a face; called for matches only.</remarks>
/// <param name="detector">Takes ownership. Looks for faces in the cut-out itself, where they are larger than in the
/// whole picture.</param>
internal sealed class FaceCrop(FaceDetector detector) : IDisposable
{
    /// <summary>160 x 200 is enough for a person to compare faces and takes about 8 kB: 2 s on a 32 kbit/s
    /// line.</summary>
    public const int Width = 160;
    public const int Height = 200;

    /// <summary>The detector's box runs from forehead to chin; a person also wants to see hair and ears.</summary>
    private const float Margin = 1.5f;

    /// <summary>
    /// The head's outline is an ellipse: its half axes in widths and heights of the box, and how many heights its
    /// center lies above the box's. It runs from a quarter of a face above the forehead to just below the chin, and
    /// past the ears.
    /// </summary>
    private const float HeadWidth = 0.78f;
    private const float HeadHeight = 0.66f;
    private const float HeadRise = 0.08f;

    /// <summary>Anything that remotely looks like a face is painted over: half the score that counts as a face
    /// elsewhere.</summary>
    private const float LeastScore = 0.35f;

    /// <summary>The detector's own limit: boxes that overlap more are one face.</summary>
    private const float SameFace = 0.4f;

    /// <summary>
    /// The cut-out itself, where the smallest faces are found, and one of twice its size, where faces cut by its edge
    /// are whole.
    /// </summary>
    private static readonly float[] Looks = [1, 2];
    private const int MaxFaces = 32;
    private const byte Painted = 96;
    private readonly AffineCrop _crop = new(Width, Height, TensorFormat.Plain(ChannelOrder.Rgb));
    private readonly JpegEncoder _encoder = new();
    private readonly Detection[] _found = new Detection[MaxFaces];
    private readonly byte[] _pixels = new byte[Width * Height * 3];
    private readonly byte[] _jpeg = new byte[64 * 1024];

    /// <summary>
    /// Encodes the face at <paramref name="face"/>; masks stay black. The array is the caller's.
    /// </summary>
    /// <param name="others">Every other face known to be in the scene; further ones are searched for.</param>
    /// <exception cref="PicketException">It could not be encoded; an <see cref="ArgumentException"/> means the
    /// same.</exception>
    public byte[] Encode(in YuvPlanes picture, in Detection face, IReadOnlyList<Detection> others)
    {
        var height = face.Height * Margin;
        var width = height * Width / Height;
        float left = face.CenterX - width / 2, top = face.CenterY - height / 2;
        _crop.RunInterleaved(picture, AffineTransform.FromRectangle(left, top, width, height, Width, Height), _pixels);
        var scale = Height / height;
        var own = Place(face, left, top, scale);
        PaintAround(own);
        foreach (var other in others) PaintOver(Place(other, left, top, scale), own);
        foreach (var look in Looks)
        {
            float wide = width * look, high = height * look;
            var window = PixelRegion.AroundEven(
                face.CenterX - wide / 2, face.CenterY - high / 2, wide, high, picture.Width, picture.Height);
            var count = detector.Detect(picture.Window(window), _found, 1, LeastScore);
            foreach (var found in _found.AsSpan(0, count))
                PaintOver(Place(found, left - window.X, top - window.Y, scale), own);
        }
        var length = _encoder.Encode(_pixels, Width, Height, ChannelOrder.Rgb, _jpeg);
        return _jpeg.AsSpan(0, length).ToArray();
    }

    public void Dispose()
    {
        detector.Dispose();
        _encoder.Dispose();
    }

    private static Detection Place(in Detection box, float left, float top, float scale) =>
        new((box.X - left) * scale, (box.Y - top) * scale, box.Width * scale, box.Height * scale, box.Score);

    /// <summary>Paints everything outside the head's outline.</summary>
    private void PaintAround(in Detection own)
    {
        float middle = own.CenterY - own.Height * HeadRise;
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                if (!IsInside(x, y, own.CenterX, middle, own.Width * HeadWidth, own.Height * HeadHeight)) Paint(x, y);
            }
        }
    }

    /// <summary>
    /// Paints another face, with a margin of a tenth, up to the matched face's own outline: the ellipse in its box.
    /// </summary>
    private void PaintOver(in Detection other, in Detection own)
    {
        if (other.IoU(own) > SameFace) return;
        float marginX = other.Width / 10, marginY = other.Height / 10;
        int left = Clamp(other.X - marginX, Width), right = Clamp(other.Right + marginX, Width);
        int top = Clamp(other.Y - marginY, Height), bottom = Clamp(other.Bottom + marginY, Height);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                if (!IsInside(x, y, own.CenterX, own.CenterY, own.Width / 2, own.Height / 2)) Paint(x, y);
            }
        }
    }

    private static bool IsInside(int x, int y, float centerX, float centerY, float halfWidth, float halfHeight)
    {
        float across = (x + 0.5f - centerX) / halfWidth, down = (y + 0.5f - centerY) / halfHeight;
        return across * across + down * down <= 1;
    }

    private void Paint(int x, int y) => _pixels.AsSpan((y * Width + x) * 3, 3).Fill(Painted);

    private static int Clamp(float value, int size) => (int)Math.Clamp(MathF.Ceiling(value), 0, size);
}
