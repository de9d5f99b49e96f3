using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

/// <summary>Crops, batches and order of the reader, with a probe in place of the network: it reads the stripes of
/// <c>make_read_probe.py</c>, whose luma is 7 times the class; black is blank.</summary>
public sealed class PlateReaderTests : IDisposable
{
    private const int Width = 640;
    private const int Height = 360;

    private static readonly PlateGrammar Grammar =
        PlateGrammar.Load(Repository.Path("models", "plates", "regions"), ["br"]);

    private readonly InferenceModel _model = Load(Card);
    private readonly PlateReader _reader;
    private readonly byte[] _luma = new byte[Width * Height];
    private readonly byte[] _chroma = new byte[Width * Height / 4];

    public PlateReaderTests()
    {
        _reader = new PlateReader(_model);
        Array.Fill(_chroma, (byte)128);
    }

    private static ModelCard Card { get; } = new(
        "plate-read-probe",
        "1.0.0",
        DecoderKind.PlateRead,
        "reads stripes",
        "plate-read-probe.onnx",
        "",
        "none",
        new ModelInput("image", [1, 1, 64, 128], ChannelOrder.Gray, 0, 1, ResizeFilter.Auto),
        [new ModelOutput("logp", [1, 96, 37])],
        new Dictionary<string, double>
        {
            ["crops"] = 3,
            ["cornerCrops"] = 0,
            ["marginX1"] = 0,
            ["marginY1"] = 0,
            ["marginX2"] = 0,
            ["marginY2"] = 0,
            ["marginX3"] = 0,
            ["marginY3"] = 0,
            ["noFormat"] = 4,
            ["formatWeight"] = 0.35,
            ["rareLetter"] = 1,
            ["confusion"] = 0.5,
            ["confidenceBias"] = 0,
            ["confidencePosterior"] = 1,
            ["confidenceMean"] = 0,
            ["confidenceLeast"] = 0,
            ["confidenceFits"] = 0,
            ["confidenceWidth"] = 0,
        },
        "Apache-2.0",
        new ModelOrigin("picket", "1.0.0", "tests", "", ""),
        []);

    // A plate of 100 x 20 in a picture of 640 x 360: 3 pixels around it have to be seen as well.
    [Theory]
    [InlineData(200, 100, true)]
    [InlineData(3, 100, true)]
    [InlineData(2, 100, false)]
    [InlineData(-40, 100, false)]
    [InlineData(538, 100, false)]
    [InlineData(537, 100, true)]
    [InlineData(200, 2, false)]
    [InlineData(200, 338, false)]
    [InlineData(200, 337, true)]
    public void IsWhole_AtTheEdges_NeedsAllOfThePlate(float x, float y, bool whole)
    {
        var plate = Level(x, y);
        Assert.Equal(whole, PlateReader.IsWhole(Picture, plate));
        Assert.Equal(whole, _reader.Rate(Striped(), plate) > 0);
    }

    [Fact]
    public void IsWhole_CornerBeyondTheEdge_IsFalse()
    {
        var plate = Level(10, 100);
        Assert.False(PlateReader.IsWhole(
            Picture, plate with { Corners = plate.Corners with { BottomLeft = new Vector2(1, 120) } }));
    }

    [Theory]
    [InlineData(302, false)] // the mask begins 2 pixels behind the plate
    [InlineData(250, false)]
    [InlineData(310, true)]
    public void IsWhole_BesideAMask_NeedsAllOfThePlate(float from, bool whole)
    {
        var masks = new MaskPlan(Width, Height, [[new(from, 0), new(640, 0), new(640, 360), new(from, 360)]]);
        Assert.Equal(whole, PlateReader.IsWhole(Picture with { Masks = masks }, Level(200, 100)));
    }

    private static PlateDetection Level(float x, float y) => new(
        new Detection(x, y, 100, 20, 0.9f),
        new PlateCorners(new(x, y), new(x + 100, y), new(x + 100, y + 20), new(x, y + 20)));

    /// <summary>Something sharp everywhere.</summary>
    private YuvPlanes Striped()
    {
        for (var i = 0; i < _luma.Length; i++) _luma[i] = (byte)(i / 4 % 2 * 200);
        return Picture;
    }

    private YuvPlanes Picture => new()
    {
        Y = _luma,
        U = _chroma,
        V = _chroma,
        StrideY = Width,
        StrideC = Width / 2,
        Width = Width,
        Height = Height,
        Layout = PixelLayout.I420,
        Bt709 = false,
        FullRange = true,
    };

    public void Dispose()
    {
        _reader.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Read_OnePlate_IsRead()
    {
        var read = Read(Draw(64, 32, "ABC1D23"))[0];
        Assert.Equal("ABC1D23", read.Text);
        Assert.Equal(1, read.Rows);
        Assert.Equal("Mercosur", read.Format);
        Assert.True(read.Confidence > 0.99f);
    }

    [Fact]
    public void Read_TwoLines_TheUpperIsFirst()
    {
        var plate = Draw(64, 32, "ABC", "1D23");
        var read = Read(plate)[0];
        Assert.Equal("ABC1D23", read.Text);
        Assert.Equal(2, read.Rows);
    }

    // Six plates are a call of four and one of two; each of three crops.
    [Fact]
    public void Read_MorePlatesThanOneCallTakes_EachHasItsOwnText()
    {
        PlateDetection[] plates =
        [
            Draw(0, 0, "AAA1111"), Draw(256, 0, "BBB2222"), Draw(0, 64, "CCC3333"), Draw(256, 64, "DDD4444"),
            Draw(0, 128, "EEE5555"), Draw(256, 128, "FFF6666"),
        ];
        Assert.Equal(
            ["AAA1111", "BBB2222", "CCC3333", "DDD4444", "EEE5555", "FFF6666"],
            Read(plates).Select(read => read.Text));
        Assert.Equal(["DDD4444"], Read(plates[3]).Select(read => read.Text));
        Assert.Empty(Read());
    }

    [Fact]
    public void Read_NothingOnThePlate_IsNothing() =>
        Assert.Same(PlateRead.Nothing, Read(Draw(64, 32, ""))[0]);

    // The box lies beyond the picture on all sides: the crop shows its edge repeated, and no more.
    [Fact]
    public void Read_BoxBeyondThePicture_IsNoError() =>
        Assert.NotNull(Read(PlateAt(-500, -500, 2000, 2000))[0]);

    // A plate turned by a quarter: its corners say how, its box can't.
    [Fact]
    public void Read_FromCorners_FollowsThem()
    {
        var card = Card with
        {
            Parameters = new Dictionary<string, double>(Card.Parameters) { ["cornerCrops"] = 3 },
        };
        using var model = Load(card);
        using var reader = new PlateReader(model);
        var upright = Draw(0, 0, "ABC1D23");
        for (var y = 0; y < 256; y++)
        {
            for (var x = 0; x < 64; x++) _luma[(100 + y) * Width + 400 + x] = _luma[(63 - x) * Width + y];
        }
        var turned = new PlateDetection(
            new Detection(400, 100, 64, 256, 1),
            new PlateCorners(new(464, 100), new(464, 356), new(400, 356), new(400, 100)));
        var reads = new PlateRead[2];
        reader.Read(Picture, [upright, turned], Grammar, reads);
        Assert.Equal(["ABC1D23", "ABC1D23"], reads.Select(read => read.Text));
    }

    [Fact]
    public void Look_SameNumberOfPlatesAgain_AllocatesNothing()
    {
        var plate = Draw(64, 32, "ABC1D23");
        _reader.Look(Picture, [plate]);
        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 10; i++) _reader.Look(Picture, [plate]);
            _reader.Rate(Picture, plate);
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Rate_LargerSharperStraighterPlate_IsWorthMore()
    {
        var large = _reader.Rate(Picture, Draw(64, 32, "ABC1D23"));
        Assert.InRange(large, 0.5f, 1);
        Assert.True(_reader.Rate(Picture, PlateAt(64, 160, 256, 64)) < large / 10, "nothing to see");
        var cut = PlateAt(0, 32, 256, 64);
        Assert.True(_reader.Rate(Picture, cut) < large / 2, "cut by the edge");
        var weak = Draw(64, 32, "ABC1D23");
        weak = weak with { Box = weak.Box with { Score = 0.5f } };
        Assert.Equal(large / 2, _reader.Rate(Picture, weak), 1e-4f);
    }

    [Fact]
    public void Straightness_TurnedPlate_IsTheCosine()
    {
        var turn = Matrix3x2.CreateRotation(MathF.PI / 3);
        Vector2 Corner(float x, float y) => Vector2.Transform(new Vector2(x, y), turn);
        var plate = new PlateDetection(
            default, new PlateCorners(Corner(0, 0), Corner(100, 0), Corner(100, 30), Corner(0, 30)));
        Assert.Equal(0.5f, PlateReader.Straightness(plate), 1e-4f);
        Assert.Equal(0, PlateReader.Straightness(default));
    }

    [Fact]
    public void Constructor_OtherModel_IsRefused()
    {
        using var model = Load(Card with { Kind = DecoderKind.Embedding });
        var error = Assert.Throws<PicketException>(() => new PlateReader(model));
        Assert.Equal(
            "model plate-read-probe: its kind is Embedding, a plate reader needs PlateRead; "
                + "build the pack again with 'make models'",
            error.Message);
    }

    [Theory]
    [InlineData("crops", 4, "its card asks for 4 crops per plate, 1 to 3 are allowed")]
    [InlineData("crops", 0, "its card asks for 0 crops per plate, 1 to 3 are allowed")]
    public void Constructor_CardOutOfRange_IsRefused(string parameter, double value, string message)
    {
        var card = Card with
        {
            Parameters = new Dictionary<string, double>(Card.Parameters) { [parameter] = value },
        };
        using var model = Load(card);
        Assert.Contains(message, Assert.Throws<PicketException>(() => new PlateReader(model)).Message);
    }

    private static InferenceModel Load(ModelCard card) => new(
        card,
        File.ReadAllBytes(Repository.Path("tests", "Agent", "Plates", "plate-read-probe.onnx")),
        threads: 1);

    private static PlateDetection PlateAt(float x, float y, float width, float height)
    {
        var box = new Detection(x, y, width, height, 1);
        return new PlateDetection(
            box, new PlateCorners(new(x, y), new(box.Right, y), new(box.Right, box.Bottom), new(x, box.Bottom)));
    }

    private PlateRead[] Read(params PlateDetection[] plates)
    {
        var reads = new PlateRead[plates.Length];
        _reader.Read(Picture, plates, Grammar, reads);
        return reads;
    }

    // A plate of 256x64: a step of the reader is 8 pixels wide; characters stand in every third one.
    private PlateDetection Draw(int left, int top, string upper, string? lower = null)
    {
        for (var y = 0; y < 64; y++)
        {
            var row = _luma.AsSpan((top + y) * Width + left, 256);
            row.Clear();
            var text = y < 32 || lower is null ? upper : lower;
            for (var i = 0; i < text.Length; i++)
                row.Slice(8 * (2 + 3 * i), 8).Fill((byte)(7 * PlateAlphabet.Class(text[i])));
        }
        return PlateAt(left, top, 256, 64);
    }
}
