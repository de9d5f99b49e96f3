using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Plates;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

/// <summary>The detector's geometry, with a probe in place of the network: a cell's score is the part of it that is
/// marked, its box reaches as far as the color says (see <see cref="PlateProbe"/>). The probe's input is 96 pixels
/// wide.</summary>
public sealed class PlateDetectorTests : IDisposable
{
    private readonly InferenceModel _model = PlateProbe.Load();
    private readonly PlateDetector _detector;
    private readonly PlateDetection[] _found = new PlateDetection[16];

    public PlateDetectorTests() => _detector = new PlateDetector(_model);

    public void Dispose()
    {
        _detector.Dispose();
        _model.Dispose();
    }

    // 192x128 is shown at half its size, 96x64. The marked 16x16 pixels are cell 5,3, centered at 44,28 of the input;
    // 16 and 8 input pixels to each side are 28..60, 20..36: in the picture 56..120, 40..72.
    [Fact]
    public void Detect_ShrunkPicture_BoxInItsPixels()
    {
        var picture = new Marked(192, 128, 16, 8);
        picture.Mark(80, 48, 16, 16);
        Assert.Equal(1, _detector.Detect(picture.Planes, _found));
        AssertBox(56, 40, 64, 32, _found[0].Box);
        Assert.Equal(1, _found[0].Box.Score, 0.02f);
        AssertPoint(56, 40, _found[0].Corners.TopLeft);
        AssertPoint(120, 40, _found[0].Corners.TopRight);
        AssertPoint(120, 72, _found[0].Corners.BottomRight);
        AssertPoint(56, 72, _found[0].Corners.BottomLeft);
    }

    // 72x72 would be enlarged by 1.33 to be 96 wide; by 1.25 it is 90x90 in the middle of 96x96. The mark at 36..44
    // is 48..58 there (36 * 1.25 + 3): the cell centered at 52,52, in the picture 39.2, has most of it; 16 and 8 input
    // pixels are 12.8 and 6.4.
    [Fact]
    public void Detect_SmallSquarePicture_IsEnlargedByNoMoreThanTheCardSays()
    {
        var picture = new Marked(72, 72, 16, 8);
        picture.Mark(36, 36, 8, 8);
        Assert.Equal(1, _detector.Detect(picture.Planes, _found));
        AssertBox(26.4f, 32.8f, 25.6f, 12.8f, _found[0].Box);
    }

    // 64x192 is shown as 32x96; the marked 16x16 pixels are cell 2,5, centered at 20,44. To the right 16 input pixels
    // are beyond the picture's 32: the box and the corners end at its edge, 64 of the picture.
    [Fact]
    public void Detect_PortraitPicture_BoxIsCutAtItsEdge()
    {
        var picture = new Marked(64, 192, 16, 8);
        picture.Mark(32, 80, 16, 16);
        Assert.Equal(1, _detector.Detect(picture.Planes, _found));
        AssertBox(8, 72, 56, 32, _found[0].Box);
        AssertPoint(64, 104, _found[0].Corners.BottomRight);
    }

    // 24x4 pixels at full size are less high than the card's 5; at half the size the same answer is 48x8, half of the
    // picture's width.
    [Fact]
    public void Detect_Halved_FindsWhatIsNoneAtFullSize()
    {
        var picture = new Marked(96, 64, 12, 2);
        picture.Mark(32, 32, 16, 16);
        Assert.Equal(0, _detector.Detect(picture.Planes, _found, 1, halved: false));
        Assert.Equal(1, _detector.Detect(picture.Planes, _found, 1, halved: true));
        AssertBox(16, 36, 48, 8, _found[0].Box);
    }

    // 20x8 pixels by the look at half the size: below a quarter of the picture's width.
    [Fact]
    public void Detect_HalvedSmallPlate_IsLeftToTheLookAtFullSize()
    {
        var picture = new Marked(96, 64, 5, 2);
        picture.Mark(32, 32, 16, 16);
        Assert.Equal(0, _detector.Detect(picture.Planes, _found, 1, halved: true));
    }

    // 8x8 marked pixels are a quarter of a cell at half size, below the card's 0.3, but three quarters in a tile: tiles
    // are 107 pixels wide, shown 96 wide.
    [Fact]
    public void Detect_SmallPlate_IsFoundInATile()
    {
        var picture = new Marked(192, 128, 16, 8);
        picture.Mark(45, 28, 8, 8);
        Assert.Equal(0, _detector.Detect(picture.Planes, _found));
        Assert.Equal(1, _detector.Detect(picture.Planes, _found, 2, halved: false));
        AssertBox(49 - 17.8f, 32 - 8.9f, 35.7f, 17.8f, _found[0].Box, within: 5);
    }

    // At 98..106 the box of 36 pixels is cut by the left tiles' inner edge (107) and by the right tiles' (85).
    [Fact]
    public void Detect_PlateCutByEveryTile_IsNone()
    {
        var picture = new Marked(192, 128, 16, 8);
        picture.Mark(98, 28, 8, 8);
        Assert.Equal(0, _detector.Detect(picture.Planes, _found, 2, halved: false));
    }

    [Fact]
    public void Detect_PlateSeenByAllLooks_IsOne()
    {
        var picture = new Marked(192, 128, 16, 8);
        picture.Mark(32, 48, 32, 16);
        Assert.Equal(1, _detector.Detect(picture.Planes, _found, 3, halved: true));
    }

    [Fact]
    public void Detect_TwoPlates_BestFirstAndNoMoreThanThereIsRoomFor()
    {
        var picture = new Marked(192, 128, 8, 4);
        picture.Mark(16, 16, 16, 12); // three quarters of a cell
        picture.Mark(112, 80, 16, 16);
        Assert.Equal(2, _detector.Detect(picture.Planes, _found));
        Assert.True(_found[0].Box.X > 100 && _found[0].Box.Score > _found[1].Box.Score);
        Assert.Equal(1, _detector.Detect(picture.Planes, _found.AsSpan(0, 1)));
        Assert.True(_found[0].Box.X > 100);
        Assert.Equal(0, _detector.Detect(picture.Planes, []));
    }

    [Fact]
    public void Detect_EmptyPicture_FindsNothing()
    {
        var picture = new Marked(192, 128, 16, 8);
        Assert.Equal(0, _detector.Detect(picture.Planes, _found, 3, halved: true));
    }

    [Fact]
    public void Detect_OtherSizeAndBack_FindsTheSame()
    {
        var picture = new Marked(192, 128, 16, 8);
        var other = new Marked(50, 300, 16, 8);
        picture.Mark(80, 48, 16, 16);
        _detector.Detect(picture.Planes, _found);
        var first = _found[0];
        _detector.Detect(other.Planes, _found);
        Assert.Equal(1, _detector.Detect(picture.Planes, _found));
        Assert.Equal(first, _found[0]);
    }

    [Fact]
    public void Detect_SameSizeAgain_AllocatesNothing()
    {
        var picture = new Marked(192, 128, 8, 4);
        picture.Mark(16, 16, 16, 16);
        picture.Mark(112, 80, 16, 16);
        _detector.Detect(picture.Planes, _found, 2, halved: true);
        var count = 0;
        Assert.Equal(0, Allocation.Of(() => count = _detector.Detect(picture.Planes, _found, 2, halved: true)));
        Assert.Equal(2, count);
    }

    // The probe's card: 20 input pixels are the least width, of 96 in a look. 192 pixels in one look show a plate of 40
    // so wide; in tiles of 107 one of 22.3; in tiles of 74 one of 15.4; finer is not done.
    [Theory]
    [InlineData(40, 1)]
    [InlineData(39, 2)]
    [InlineData(23, 2)]
    [InlineData(22, 3)]
    [InlineData(1, 3)]
    [InlineData(0, 1)]
    public void GridFor_SmallestPlate_IsTheFirstThatShowsItWideEnough(int plate, int grid) =>
        Assert.Equal(grid, _detector.GridFor(128, 192, plate));

    [Fact]
    public void Constructor_CardOfAnotherKind_Refuses()
    {
        using var model = ModelCatalog.Open(Repository.Path("artifacts", "models")).Load("face-landmark");
        Assert.Equal(ExitCode.PartMissing, Assert.Throws<PicketException>(() => new PlateDetector(model)).ExitCode);
    }

    // One level of a color is one pixel of a side; colors are right to a level, positions to half an input pixel.
    private static void AssertBox(float x, float y, float width, float height, in Detection box, float within = 3)
    {
        Assert.Equal(x, box.X, within);
        Assert.Equal(y, box.Y, within);
        Assert.Equal(x + width, box.Right, within);
        Assert.Equal(y + height, box.Bottom, within);
    }

    private static void AssertPoint(float x, float y, Vector2 point)
    {
        Assert.Equal(x, point.X, 3f);
        Assert.Equal(y, point.Y, 3f);
    }

    /// <summary>A picture for the probe: all cells tell the same half width and height, the marked ones a
    /// score.</summary>
    private sealed class Marked
    {
        private readonly byte[][] _planes;
        private readonly (byte Y, byte U, byte V) _mark;
        private readonly int _width;
        private readonly int _height;

        public Marked(int width, int height, int halfWidth, int halfHeight)
        {
            (_width, _height) = (width, height);
            _planes = [new byte[width * height], new byte[width * height], new byte[width * height]];
            var ground = PlateProbe.Yuv(113, halfWidth, halfHeight);
            _mark = PlateProbe.Yuv(255, halfWidth, halfHeight);
            Fill(0, 0, width, height, ground);
        }

        public YuvPlanes Planes => new()
        {
            Y = _planes[0],
            U = _planes[1],
            V = _planes[2],
            StrideY = _width,
            StrideC = _width,
            Width = _width,
            Height = _height,
            Layout = PixelLayout.I444,
            Bt709 = false,
            FullRange = true,
        };

        public void Mark(int x, int y, int width, int height) => Fill(x, y, width, height, _mark);

        private void Fill(int x, int y, int width, int height, (byte Y, byte U, byte V) color)
        {
            for (var row = y; row < y + height; row++)
            {
                _planes[0].AsSpan(row * _width + x, width).Fill(color.Y);
                _planes[1].AsSpan(row * _width + x, width).Fill(color.U);
                _planes[2].AsSpan(row * _width + x, width).Fill(color.V);
            }
        }
    }
}
