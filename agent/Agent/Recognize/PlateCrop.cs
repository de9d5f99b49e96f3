using Picket.Agent.Detect;
using Picket.Agent.Imaging;

namespace Picket.Agent.Recognize;

/// <summary>
/// The picture of a read plate that may leave the node: the plate and what of its vehicle is close around it; every face
/// in it is made unrecognizable.
/// </summary>
/// <remarks>One per thread. The only place that encodes a plate; called when an event is told, not for each
/// frame.</remarks>
/// <param name="detector">Takes ownership. Looks for faces in the cut-out itself, where they are larger than in the
/// whole picture.</param>
internal sealed class PlateCrop(FaceDetector detector) : IDisposable
{
    /// <summary>192 x 144: the plate is 87 pixels wide, enough to read it by eye, and the file is about 4 kB: 1 s of a
    /// 32 kbit/s line.</summary>
    public const int Width = 192;
    public const int Height = 144;

    /// <summary>
    /// Widths of the plate that the cut-out is wide. A car is 1.8 m wide and its plate 0.52 m in its middle (European
    /// size): 1.14 m by 0.86 m around the plate lie within its front. Narrower plates show less.
    /// </summary>
    private const float Grown = 2.2f;

    /// <summary>A face is blurred with a border of this part of its size: hair and chin.</summary>
    private const float FaceBorder = 0.2f;

    /// <summary>A face becomes so many areas of one color, across and down: too few for anybody or any program to know
    /// it again, whatever its size.</summary>
    private const int Across = 3;
    private const int Down = 4;

    /// <summary>What looks like a face at all is blurred: half the score that counts as one elsewhere.</summary>
    private const float LeastScore = 0.35f;
    private const int MaxFaces = 32;
    private const int Quality = 78;
    private readonly AffineCrop _crop = new(Width, Height, TensorFormat.Plain(ChannelOrder.Rgb));
    private readonly JpegEncoder _encoder = new();
    private readonly Detection[] _found = new Detection[MaxFaces];
    private readonly byte[] _pixels = new byte[Width * Height * 3];
    private readonly byte[] _jpeg = new byte[64 * 1024];

    /// <summary>Encodes the plate's surroundings; masks stay black. The array is the caller's.</summary>
    /// <param name="faces">Faces that are known to be in the picture; others are looked for.</param>
    /// <exception cref="PicketException">It could not be encoded, as with <see cref="ArgumentException"/>.</exception>
    public byte[] Encode(in YuvPlanes picture, in Detection plate, IReadOnlyList<Detection> faces)
    {
        float width = plate.Width * Grown, height = width * Height / Width;
        float left = plate.CenterX - width / 2, top = plate.CenterY - height / 2;
        _crop.RunInterleaved(picture, AffineTransform.FromRectangle(left, top, width, height, Width, Height), _pixels);
        var scale = Width / width;
        foreach (var face in faces) Blur(Place(face, left, top, scale));
        var window = PixelRegion.AroundEven(left, top, width, height, picture.Width, picture.Height);
        var count = detector.Detect(picture.Window(window), _found, 1, LeastScore);
        foreach (var face in _found.AsSpan(0, count)) Blur(Place(face, left - window.X, top - window.Y, scale));
        var length = _encoder.Encode(_pixels, Width, Height, ChannelOrder.Rgb, _jpeg, Quality);
        return _jpeg.AsSpan(0, length).ToArray();
    }

    public void Dispose()
    {
        detector.Dispose();
        _encoder.Dispose();
    }

    private static Detection Place(in Detection box, float left, float top, float scale) =>
        new((box.X - left) * scale, (box.Y - top) * scale, box.Width * scale, box.Height * scale, box.Score);

    private void Blur(in Detection face)
    {
        float x = face.X - face.Width * FaceBorder, y = face.Y - face.Height * FaceBorder;
        float width = face.Width * (1 + 2 * FaceBorder), height = face.Height * (1 + 2 * FaceBorder);
        for (var row = 0; row < Down; row++)
        {
            for (var column = 0; column < Across; column++)
            {
                Flatten(
                    Clamp(x + width * column / Across, Width), Clamp(y + height * row / Down, Height),
                    Clamp(x + width * (column + 1) / Across, Width), Clamp(y + height * (row + 1) / Down, Height));
            }
        }
    }

    /// <summary>Gives the area its mean color.</summary>
    private void Flatten(int left, int top, int right, int bottom)
    {
        var count = (right - left) * (bottom - top);
        if (count <= 0) return;
        int red = 0, green = 0, blue = 0;
        for (var y = top; y < bottom; y++)
        {
            var row = _pixels.AsSpan((y * Width + left) * 3, (right - left) * 3);
            for (var i = 0; i < row.Length; i += 3) (red, green, blue) = (red + row[i], green + row[i + 1], blue + row[i + 2]);
        }
        for (var y = top; y < bottom; y++)
        {
            var row = _pixels.AsSpan((y * Width + left) * 3, (right - left) * 3);
            for (var i = 0; i < row.Length; i += 3)
                (row[i], row[i + 1], row[i + 2]) = ((byte)(red / count), (byte)(green / count), (byte)(blue / count));
        }
    }

    private static int Clamp(float value, int size) => (int)Math.Clamp(MathF.Round(value), 0, size);
}
