using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Track;
using Picket.Tests.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

/// <summary>
/// The promise that a crop shows the matched face alone, on scenes of real faces: whoever else is there is looked for in
/// the encoded file with the detector and compared with the embedder.
/// </summary>
public sealed class FaceCropTests : IDisposable
{
    private const string Listed = "franck_01829.jpg", Stranger = "audrey.jpg", Third = "SeanConnery.jpg";

    /// <summary>Below this cosine two pictures show different people (the embedder's card: 0.31).</summary>
    private const float SamePerson = 0.31f;

    private readonly TempFolder _temp = new();
    private readonly FaceScene _scene = new();
    private readonly FramePool _pool = new(3);
    private readonly FaceDetector _detector = FacePack.Models.CreateDetector();
    private readonly FaceRecognizer _recognizer = FacePack.Models.CreateRecognizer();
    private readonly FaceCrop _crop = new(FacePack.Models.CreateDetector());

    public void Dispose()
    {
        _detector.Dispose();
        _recognizer.Dispose();
        _crop.Dispose();
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
        _scene.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(true, 1f)] // known to the lane
    [InlineData(false, 1f)] // as large as the matched face, and unknown
    [InlineData(false, 0.5f)] // found by no look at the whole picture: half of a face that is just found there
    [InlineData(false, 0.33f)]
    public void Encode_StrangerBeside_IsNotInThePicture(bool known, float size)
    {
        const float height = 84;
        var stranger = _scene.Paste(FaceScene.Media(Stranger), height * size, 320 + height * (0.3f + size * 0.4f), 150, around: 0.1f);
        var own = _scene.Paste(FaceScene.Media(Listed), height, 320, 180, around: 0.05f);
        using var frame = FaceScene.Open(_scene.Save(), _pool);

        using var shown = Encode(frame, own, known ? [stranger] : []);

        AssertAlone(shown);
        AssertSame(shown, Listed);
        AssertNobody(shown, Stranger);
    }

    [Fact]
    public void Encode_ThreePeople_ShowsTheMatchedOneAlone()
    {
        _scene.Paste(FaceScene.Media(Stranger), 90, 262, 180, around: 0.1f);
        _scene.Paste(FaceScene.Media(Third), 40, 352, 130, around: 0.1f);
        var own = _scene.Paste(FaceScene.Media(Listed), 100, 330, 190, around: 0.05f);
        using var frame = FaceScene.Open(_scene.Save(), _pool);

        using var shown = Encode(frame, own, []);

        AssertAlone(shown);
        AssertSame(shown, Listed);
        AssertNobody(shown, Stranger);
        AssertNobody(shown, Third);
    }

    // Boxes that overlap: what is in both is the stranger's up to the ellipse in the matched face's box.
    [Fact]
    public void Encode_FacesThatOverlap_PaintsUpToTheMatchedFacesOutline()
    {
        var picture = Striped(640, 360);
        var own = new Detection(300, 100, 71, 100, 1);

        using var shown = Shown(_crop.Encode(picture.Planes, own, [new Detection(350, 60, 71, 100, 1)]));

        // 200 / 150 pixels of the file to one of the picture, the matched face in the middle.
        float X(float x) => 80 + (x - 335.5f) * 4 / 3;
        float Y(float y) => 100 + (y - 150) * 4 / 3;
        Assert.True(IsPainted(shown, X(366), Y(104), 5), "the corner of the matched box is the stranger's");
        Assert.True(IsPainted(shown, X(375), Y(130), 5), "the stranger's face beside the matched box");
        Assert.False(IsPainted(shown, X(340), Y(130), 5), "the matched face inside its outline");
        Assert.False(IsPainted(shown, X(305), Y(185), 5), "the matched head where nobody else is");
    }

    [Fact]
    public void Encode_AroundTheHead_IsOneGray()
    {
        var picture = Striped(640, 360);

        using var shown = Shown(_crop.Encode(picture.Planes, new Detection(300, 100, 71, 100, 1), []));

        foreach (var (x, y) in new[] { (5, 5), (154, 5), (5, 194), (154, 194), (4, 170), (155, 170) })
            Assert.True(IsPainted(shown, x, y, 4), $"{x},{y} lies outside the head");
        foreach (var (x, y) in new[] { (80, 100), (80, 12), (80, 170), (16, 90), (144, 90) })
            Assert.False(IsPainted(shown, x, y, 4), $"{x},{y} lies in the head");
    }

    [Theory]
    [InlineData(20, 180)]
    [InlineData(620, 180)]
    [InlineData(320, 25)]
    [InlineData(320, 345)]
    public void Encode_AtThePicturesEdge_ShowsNobodyElse(float x, float y)
    {
        var side = x < 320 ? 60 : -60;
        _scene.Paste(FaceScene.Media(Stranger), 45, x + side, y, around: 0.1f);
        var own = _scene.Paste(FaceScene.Media(Listed), 90, x, y, around: 0.05f);
        using var frame = FaceScene.Open(_scene.Save(), _pool);

        using var shown = Encode(frame, own, []);

        AssertNobody(shown, Stranger);
        Assert.True(Find(shown) <= 1);
    }

    [Fact]
    public void Encode_LostDuplicateOfTheMatchedFace_HidesNothingOfIt()
    {
        var own = _scene.Paste(FaceScene.Media(Listed), 100, 320, 180);
        using var frame = FaceScene.Open(_scene.Save(), _pool);

        using var shown = Encode(frame, own, [own with { X = own.X + 4, Y = own.Y - 3 }]);

        AssertAlone(shown);
        AssertSame(shown, Listed);
    }

    [Fact]
    public void Encode_Masked_StaysBlack()
    {
        var picture = Striped(640, 360);
        var masks = new MaskPlan(640, 360, [[new(0, 0), new(640, 0), new(640, 360), new(0, 360)]]);

        using var shown = Shown(_crop.Encode(picture.WithMasks(masks), new Detection(300, 100, 71, 100, 1), []));

        Assert.InRange(shown.Planes.Y[100 * shown.Planes.StrideY + 80], 0, 3);
    }

    [SharedDataTheory]
    [InlineData("img1.jpg", "img19.jpg")]
    [InlineData("img19.jpg", "img1.jpg")]
    [InlineData("img20.jpg", "img16.jpg")]
    public void Encode_RealPairs_ShowTheMatchedOneAlone(string listed, string stranger)
    {
        string Path(string name) => Repository.Shared("faces", "verify_hires", "deepface", name);
        foreach (var (size, x, y) in new[] { (0.35f, 375, 150), (0.5f, 380, 200), (0.7f, 262, 170), (1f, 250, 180) })
        {
            _scene.Clear();
            _scene.Paste(Path(stranger), 100 * size, x, y, around: 0.15f);
            var own = _scene.Paste(Path(listed), 100, 320, 180, around: 0.05f);
            using var frame = FaceScene.Open(_scene.Save(), _pool);
            using var shown = Encode(frame, own, []);
            Assert.True(Find(shown) <= 1);
            AssertNobody(shown, stranger, Path(stranger));
        }
    }

    private Frame Encode(Frame frame, in Detection own, Detection[] others) =>
        Shown(_crop.Encode(frame.Planes, own, others));

    private Frame Shown(byte[] jpeg)
    {
        File.WriteAllBytes(_temp.File("crop.jpg"), jpeg);
        var shown = FaceScene.Open(_temp.File("crop.jpg"), _pool);
        Assert.Equal((FaceCrop.Width, FaceCrop.Height), (shown.Width, shown.Height));
        return shown;
    }

    private int Find(Frame shown) => _detector.Detect(shown.Planes, new Detection[8], 1, 0.5f);

    private void AssertAlone(Frame shown) => Assert.Equal(1, Find(shown));

    private void AssertSame(Frame shown, string picture) =>
        Assert.True(Likeness(shown, FaceScene.Media(picture)) > SamePerson, $"{picture} is shown");

    private void AssertNobody(Frame shown, string name, string? path = null) =>
        Assert.True(Likeness(shown, path ?? FaceScene.Media(name)) < SamePerson, $"{name} is not shown");

    /// <summary>The highest cosine of anything in the crop that looks like a face with the picture's face.</summary>
    private float Likeness(Frame shown, string picture)
    {
        using var frame = FaceScene.Open(picture, _pool);
        var wanted = new float[_recognizer.Dimensions];
        var found = new Detection[PictureFaces.MaxFaces];
        var finder = new PictureFaces(_detector);
        Assert.True(finder.Find(frame.Planes, found) > 0);
        _recognizer.Recognize(frame.Planes, found[0], wanted);
        var best = -1f;
        var embedding = new float[_recognizer.Dimensions];
        var count = _detector.Detect(shown.Planes, found, 1, 0.2f);
        for (var i = 0; i < count; i++)
        {
            if (!_recognizer.Recognize(shown.Planes, found[i], embedding).IsUsable) continue;
            best = MathF.Max(best, System.Numerics.Tensors.TensorPrimitives.Dot<float>(wanted, embedding));
        }
        return best;
    }

    private static TestPicture Striped(int width, int height)
    {
        var picture = new TestPicture(width, height, PixelLayout.I420) { FullRange = true };
        picture.Fill((x, y) => (byte)((x / 3 + y / 3) % 2 == 0 ? 20 : 235), (_, _) => (128, 128));
        return picture;
    }

    /// <summary>All of the square around the point is the one gray of what is painted over.</summary>
    private static bool IsPainted(Frame shown, float x, float y, int half)
    {
        var planes = shown.Planes;
        for (var row = (int)y - half; row <= (int)y + half; row++)
        {
            for (var column = (int)x - half; column <= (int)x + half; column++)
            {
                if (Math.Abs(planes.Y[row * planes.StrideY + column] - 96) > 30) return false;
            }
        }
        return true;
    }
}
