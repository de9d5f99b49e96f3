using System.Numerics;
using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>
/// The picture of a read plate that may leave the node: the plate and the part of the vehicle around it; every face in
/// it is made unrecognizable, and nothing is ever painted over the plate itself, which is the evidence.
/// </summary>
/// <remarks>One per thread. The only place that encodes a plate; called when an event is reported, not for every
/// frame.</remarks>
/// <param name="detector">Takes ownership. Looks for faces in the cut-out itself, where they are larger than in the
/// whole picture.</param>
internal sealed class PlateCrop(FaceDetector detector) : IDisposable
{
    /// <summary>192 x 144: the plate is 87 pixels wide, enough to read by eye, and the file is about 4 kB: 1 s on a 32
    /// kbit/s line.</summary>
    public const int Width = 192;
    public const int Height = 144;

    /// <summary>
    /// Width of the cut-out in plate widths. A car is 1.8 m wide with its 0.52 m plate (European size) in the middle:
    /// 1.14 m by 0.86 m around the plate lie within its front. Narrower plates show less.
    /// </summary>
    private const float Grown = 2.2f;

    /// <summary>A face is blurred with a border of this fraction of its size: hair and chin.</summary>
    private const float FaceBorder = 0.2f;

    /// <summary>A face becomes this many areas of one color, across and down: too few for any person or program to
    /// recognize it, whatever its size.</summary>
    private const int Across = 3;
    private const int Down = 4;

    /// <summary>Anything that remotely looks like a face is blurred: half the score that counts as a face
    /// elsewhere.</summary>
    private const float LeastScore = 0.35f;

    /// <summary>Anything covering more of the plate than this would have hidden it from the reader too: it is the
    /// vehicle's front, whose lamps and grille resemble a face.</summary>
    private const float MostOnPlate = 0.2f;

    /// <summary>At the plate's distance a face is 0.46 plate widths high (24 cm by 52 cm); anyone seen below a plate is
    /// nearer, so a smaller face can't be there.</summary>
    private const float LeastBelowPlate = 0.35f;

    /// <summary>The plate is kept with a border of this fraction of its height: its corners are found up to a tenth of
    /// it off (the detector's card).</summary>
    private const float KeptBorder = 0.1f;
    private const int MaxFaces = 32;
    private const int Quality = 78;
    private readonly AffineCrop _crop = new(Width, Height, TensorFormat.Plain(ChannelOrder.Rgb));
    private readonly JpegEncoder _encoder = new();
    private readonly Detection[] _found = new Detection[MaxFaces];
    private readonly byte[] _pixels = new byte[Width * Height * 3];
    private readonly byte[] _jpeg = new byte[64 * 1024];
    private readonly (int From, int To)[] _kept = new (int, int)[Height];

    /// <summary>Encodes the plate's surroundings; masks stay black. The array is the caller's.</summary>
    /// <param name="faces">Faces known to be in the picture; further ones are searched for.</param>
    /// <exception cref="PicketException">It could not be encoded; an <see cref="ArgumentException"/> means the
    /// same.</exception>
    public byte[] Encode(in YuvPlanes picture, in PlateDetection plate, IReadOnlyList<Detection> faces)
    {
        var box = plate.Box;
        float width = box.Width * Grown, height = width * Height / Width;
        float left = box.CenterX - width / 2, top = box.CenterY - height / 2;
        _crop.RunInterleaved(picture, AffineTransform.FromRectangle(left, top, width, height, Width, Height), _pixels);
        var scale = Width / width;
        Keep(plate.Corners, new Vector2(left, top), scale);
        foreach (var face in faces) Blur(Place(face, left, top, scale));
        var window = PixelRegion.AroundEven(left, top, width, height, picture.Width, picture.Height);
        var count = detector.Detect(picture.Window(window), _found, 1, LeastScore);
        foreach (var found in _found.AsSpan(0, count))
        {
            var face = found with { X = found.X + window.X, Y = found.Y + window.Y };
            if (face.Score >= detector.Score || !IsFront(face, box)) Blur(Place(face, left, top, scale));
        }
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

    /// <summary>It merely resembles a face: it lies where the vehicle's front is and no face can be.</summary>
    private static bool IsFront(in Detection face, in Detection plate)
    {
        var w = MathF.Min(face.Right, plate.Right) - MathF.Max(face.X, plate.X);
        var h = MathF.Min(face.Bottom, plate.Bottom) - MathF.Max(face.Y, plate.Y);
        return (w > 0 && h > 0 && w * h > MostOnPlate * plate.Area)
            || (face.CenterY > plate.Bottom && face.Height < LeastBelowPlate * plate.Width);
    }

    /// <summary>Records, for each row of the crop, which pixels belong to the plate, a convex quadrilateral.</summary>
    private void Keep(in PlateCorners corners, Vector2 origin, float scale)
    {
        Span<Vector2> points = stackalloc Vector2[PlateCorners.Count];
        corners.CopyTo(points);
        var center = Vector2.Zero;
        foreach (ref var point in points)
        {
            point = (point - origin) * scale;
            center += point / PlateCorners.Count;
        }
        var border = KeptBorder * Vector2.Distance(points[0], points[^1]);
        foreach (ref var point in points)
            point += new Vector2(MathF.CopySign(border, point.X - center.X), MathF.CopySign(border, point.Y - center.Y));
        for (var y = 0; y < Height; y++)
        {
            float from = Width, to = 0;
            for (var i = 0; i < points.Length; i++)
            {
                var (a, b) = (points[i], points[(i + 1) % points.Length]);
                if (a.Y > b.Y) (a, b) = (b, a);
                var middle = y + 0.5f;
                if (middle < a.Y || middle >= b.Y) continue;
                var x = a.X + (b.X - a.X) * (middle - a.Y) / (b.Y - a.Y);
                (from, to) = (MathF.Min(from, x), MathF.Max(to, x));
            }
            _kept[y] = (Clamp(from, Width), Clamp(to, Width));
        }
    }

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

    /// <summary>Gives the area its mean color, except for the plate.</summary>
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
            for (var x = left; x < right; x++)
            {
                if (x >= _kept[y].From && x < _kept[y].To) continue;
                var pixel = _pixels.AsSpan((y * Width + x) * 3, 3);
                (pixel[0], pixel[1], pixel[2]) = ((byte)(red / count), (byte)(green / count), (byte)(blue / count));
            }
        }
    }

    private static int Clamp(float value, int size) => (int)Math.Clamp(MathF.Round(value), 0, size);
}
