using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>Finds number plates: in the whole picture, in overlapping tiles of it when small plates are wanted, and
/// again at half the size where a plate may fill the picture.</summary>
/// <remarks>One per thread. Allocates only when the picture's size or layout, or what is looked for, changes. A look
/// has the shape of its part of the picture (the network is fully convolutional): its long side is the card's input
/// width, never enlarged beyond the card's <c>mostEnlarged</c>, the other side follows the aspect ratio, both rounded
/// up to a multiple of 32. A 16:9 picture gives 384 x 640.
/// </remarks>
internal sealed class PlateDetector : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "plate-detect";

    /// <summary>Name of the model with the smaller input, for weak devices.</summary>
    public const string SmallModelId = "plate-detect-small";

    /// <summary>Peaks kept per look. A crowded car park shows a few dozen plates; more than this is noise.</summary>
    private const int MaxPerLook = 256;

    /// <summary>14 looks: the most a node can spend on one picture.</summary>
    private const int MaxGrid = 3;

    /// <summary>The network shrinks by at most 32.</summary>
    private const int SideStep = 32;

    private readonly InferenceModel _model;
    private readonly TileGrid _tiles = new(MaxGrid);
    private readonly PlateDetection[] _found;
    private readonly List<InferenceRun> _runs = [];
    private readonly float _overlap;
    private readonly float _containment;
    private readonly float _minWidth;
    private readonly float _minHeight;
    private readonly float _leastWidth;
    private readonly float _mostEnlarged;
    private readonly float _halvedFrom;
    private PlateLook[] _looks = [];
    private (int Width, int Height, PixelLayout Layout, int Grid, bool Halved) _prepared;

    /// <param name="model">Lent; must outlive the detector.</param>
    /// <exception cref="PicketException">The card is not a plate detector's.</exception>
    public PlateDetector(InferenceModel model)
    {
        var card = model.Card;
        if (card.Kind != DecoderKind.PlateDetect)
            throw new PicketException(
                $"model {card.Id}: its kind is {card.Kind}, a plate detector needs {DecoderKind.PlateDetect}",
                ExitCode.PartMissing);
        _model = model;
        Score = card.Parameter("score");
        _overlap = card.Parameter("iou");
        _containment = card.Parameter("containment");
        _minWidth = card.Parameter("minWidth");
        _minHeight = card.Parameter("minHeight");
        _leastWidth = card.Parameter("leastWidth");
        _mostEnlarged = card.Parameter("mostEnlarged");
        _halvedFrom = card.Parameter("halvedFrom");
        _found = new PlateDetection[MaxPerLook * (_tiles.CountUpTo(MaxGrid) + 1)];
    }

    /// <summary>The card's minimum score for a plate.</summary>
    public float Score { get; }

    /// <summary>How finely a picture must be cut to find plates of this width in pixels: 1 = not at all, 2 = 2x2, 3 =
    /// 3x3 tiles (14 looks, the most).</summary>
    public int GridFor(int pictureWidth, int pictureHeight, int smallestPlate)
    {
        if (smallestPlate <= 0) return 1;
        var side = Math.Max(pictureWidth, pictureHeight);
        var most = smallestPlate * _model.Card.Input.Width / _leastWidth;
        var grid = 1;
        while (grid < MaxGrid && TileGrid.TileLength(side, grid) > most) grid++;
        return grid;
    }

    /// <summary>Finds plates in the whole picture.</summary>
    /// <inheritdoc cref="Detect(in YuvPlanes, Span{PlateDetection}, int, bool)"/>
    public int Detect(in YuvPlanes picture, Span<PlateDetection> found) => Detect(picture, found, 1, halved: false);

    /// <summary>Finds plates in the whole picture and, with a <paramref name="grid"/> of 2 or 3, in its tiles
    /// too.</summary>
    /// <param name="picture">Lent.</param>
    /// <param name="found">Written, best score first, one box per plate, in pixels of the picture and inside
    /// it.</param>
    /// <param name="grid">From <see cref="GridFor"/>.</param>
    /// <param name="halved">Looks at the whole picture again at half the size, for plates larger than those the network
    /// knows: only plates of at least the card's <c>halvedFrom</c> of the long side are taken from this look, since it
    /// shows smaller ones worse than the first look does.</param>
    /// <returns>How many were written: the best ones if <paramref name="found"/> is too short.</returns>
    public int Detect(in YuvPlanes picture, Span<PlateDetection> found, int grid, bool halved)
    {
        Prepare(picture, grid, halved);
        var count = 0;
        foreach (var look in _looks) count += look.Run(picture, Score, _found.AsSpan(count, MaxPerLook));
        count = Math.Min(found.Length, PlateSuppression.Run(_found.AsSpan(0, count), _overlap, _containment));
        _found.AsSpan(0, count).CopyTo(found);
        return count;
    }

    public void Dispose() => DropLooks();

    private void Prepare(in YuvPlanes picture, int grid, bool halved)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grid, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(grid, MaxGrid);
        var wanted = (picture.Width, picture.Height, picture.Layout, grid, halved);
        if (_looks.Length > 0 && _prepared == wanted) return;
        DropLooks();
        var side = _model.Card.Input.Width;
        var tiles = _tiles.CountUpTo(grid);
        var looks = new PlateLook[halved ? tiles + 1 : tiles];
        for (var i = 0; i < tiles; i++)
            looks[i] = LookAt(_tiles.Region(i, picture.Width, picture.Height), picture, side);
        if (halved)
        {
            var leastWidth = _halvedFrom * Math.Max(picture.Width, picture.Height);
            looks[tiles] = LookAt(_tiles.Region(0, picture.Width, picture.Height), picture, side / 2, leastWidth);
        }
        (_looks, _prepared) = (looks, wanted);
    }

    private PlateLook LookAt(in PixelRegion region, in YuvPlanes picture, int side, float leastWidth = 0)
    {
        var scale = Math.Min(_mostEnlarged, (double)side / Math.Max(region.Width, region.Height));
        var run = RunOf(InputSide(region.Width * scale), InputSide(region.Height * scale));
        var input = run.Card.Input;
        var plan = new LetterboxPlan(
            picture.Width, picture.Height, picture.Layout, input.Width, input.Height, FitMode.Letterbox, input.Filter,
            region, scale);
        return new PlateLook(
            new Letterbox(plan, TensorFormat.Plain(input.Channels)),
            run,
            MathF.Max(_minWidth, leastWidth),
            _minHeight);
    }

    private static int InputSide(double length) =>
        Math.Max(1, (int)Math.Ceiling(Math.Round(length) / SideStep)) * SideStep;

    private InferenceRun RunOf(int width, int height)
    {
        foreach (var made in _runs)
        {
            if (made.Card.Input.Width == width && made.Card.Input.Height == height) return made;
        }
        var (columns, rows) = (width / PlatePeaks.Stride, height / PlatePeaks.Stride);
        var run = _model.CreateRun(
            [1, 3, height, width],
            [[1, 1, rows, columns], [1, 4, rows, columns], [1, 8, rows, columns]]);
        _runs.Add(run);
        return run;
    }

    private void DropLooks()
    {
        foreach (var run in _runs) run.Dispose();
        _runs.Clear();
        _looks = [];
    }
}

/// <summary>Leaves one box per plate, whichever look found it.</summary>
internal static class PlateSuppression
{
    /// <summary>Sorts <paramref name="plates"/> by descending score, moves the kept ones to the front and returns their
    /// number. Allocates nothing.</summary>
    /// <param name="overlap">A box whose intersection over union with a kept one exceeds this is dropped.</param>
    /// <param name="containment">So is one whose overlap with a kept one exceeds this fraction of the smaller of the
    /// two: no plate lies inside another, but its upper line or a frame around it looks like one.</param>
    public static int Run(Span<PlateDetection> plates, float overlap, float containment)
    {
        plates.Sort(static (a, b) => b.Box.Score.CompareTo(a.Box.Score));
        var kept = 0;
        for (var i = 0; i < plates.Length; i++)
        {
            if (RepeatsAny(plates[..kept], plates[i].Box, overlap, containment)) continue;
            plates[kept++] = plates[i];
        }
        return kept;
    }

    private static bool RepeatsAny(
        ReadOnlySpan<PlateDetection> kept, in Detection box, float overlap, float containment)
    {
        foreach (ref readonly var other in kept)
        {
            if (other.Box.IoU(box) > overlap || PlateDetection.Containment(other.Box, box) > containment) return true;
        }
        return false;
    }
}
