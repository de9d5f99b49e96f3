using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Finds faces with the Ultra-Light-Fast model: in the picture and, when small faces are wanted, in
/// overlapping tiles of it, stretched to the model's input.</summary>
/// <remarks>
/// One per thread. Allocates only when the picture's size or layout changes. Pre- and post-processing follow the
/// model's card; the graph's boxes are already decoded, as x1, y1, x2, y2 in 0..1 of its input.
/// </remarks>
internal sealed class FaceDetector : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "face-detect";

    /// <summary>Faces kept per look at a picture or tile: more do not fit into a crowd that the model can resolve (20 of
    /// 240 lines each).</summary>
    private const int MaxPerLook = 128;

    /// <summary>A face needs about a twelfth of the height shown to the model (measured: recall 99 % at 64 of 720
    /// lines).</summary>
    private const int LeastFaceFraction = 12;

    private const int MaxGrid = 3;
    private readonly InferenceRun _run;
    private readonly TileGrid _tiles;
    private readonly Detection[] _looked;
    private readonly Detection[] _all;
    private readonly float _overlap;
    private readonly float _tileScore;
    private AffineCrop? _bordered;
    private Letterbox[] _views = [];
    private int _viewGrid;

    /// <param name="model">Lent; must outlive the detector.</param>
    /// <exception cref="PicketException">The card is not a face detector's.</exception>
    public FaceDetector(InferenceModel model)
    {
        var card = model.Card;
        if (card.Kind != DecoderKind.Ultraface)
            throw new PicketException(
                $"model {card.Id}: its kind is {card.Kind}, a face detector needs {DecoderKind.Ultraface}",
                ExitCode.PartMissing);
        Score = card.Parameter("score");
        _tileScore = card.Parameter("tileScore");
        _overlap = card.Parameter("iou");
        _tiles = new TileGrid(MaxGrid);
        _run = model.CreateRun();
        _looked = new Detection[card.Outputs[0].Shape[1]];
        _all = new Detection[MaxPerLook * _tiles.CountUpTo(MaxGrid)];
    }

    /// <summary>The card's minimum score for a face in the whole picture.</summary>
    public float Score { get; }

    /// <summary>How finely a picture must be cut to find faces of this height in pixels: 1 = not at all, 2 = 2x2, 3 =
    /// 3x3 tiles (14 looks, the most).</summary>
    public static int GridFor(int pictureHeight, int smallestFace)
    {
        if (smallestFace <= 0) return 1;
        var grid = 1;
        while (grid < MaxGrid && TileGrid.TileLength(pictureHeight, grid) > smallestFace * LeastFaceFraction) grid++;
        return grid;
    }

    /// <summary>Finds faces in the whole picture; best score first.</summary>
    /// <returns>How many were written to <paramref name="found"/>: the best ones if it is too short.</returns>
    public int Detect(in YuvPlanes picture, Span<Detection> found) => Detect(picture, found, 1, Score);

    /// <summary>Finds faces in the whole picture and, with a <paramref name="grid"/> of 2 or 3, in its tiles
    /// too.</summary>
    /// <param name="score">The minimum score in the whole picture; tiles keep the card's, since they show more that
    /// looks like a face.</param>
    /// <returns>How many were written to <paramref name="found"/>, best score first. Boxes are in pixels and may reach
    /// beyond the picture.</returns>
    public int Detect(in YuvPlanes picture, Span<Detection> found, int grid, float score)
    {
        Prepare(picture, grid);
        var count = 0;
        for (var i = 0; i < _views.Length; i++)
        {
            var plan = _views[i].Plan;
            _views[i].Run(picture, _run.Input);
            _run.Run();
            var looked = Decode(plan.Region, picture.Width, picture.Height, i == 0 ? score : _tileScore);
            var kept = Math.Min(MaxPerLook, NonMaxSuppression.Run(_looked.AsSpan(0, looked), _overlap));
            _looked.AsSpan(0, kept).CopyTo(_all.AsSpan(count));
            count += kept;
        }
        if (_views.Length > 1) count = NonMaxSuppression.Run(_all.AsSpan(0, count), _overlap);
        count = Math.Min(count, found.Length);
        _all.AsSpan(0, count).CopyTo(found);
        return count;
    }

    /// <summary>Finds faces in the picture shrunk to half its size inside a black border: this finds a face that fills
    /// the picture or is cut by its edge.</summary>
    /// <returns>As <see cref="Detect(in YuvPlanes, Span{Detection})"/>.</returns>
    public int DetectWithBorder(in YuvPlanes picture, Span<Detection> found)
    {
        var input = _run.Card.Input;
        _bordered ??= new AffineCrop(input.Width, input.Height, input.Format, BorderMode.Constant);
        var region = new PixelRegion(-picture.Width / 2, -picture.Height / 2, 2 * picture.Width, 2 * picture.Height);
        var toSource = AffineTransform.FromRectangle(
            region.X, region.Y, region.Width, region.Height, input.Width, input.Height);
        _bordered.Run(picture, toSource, _run.Input);
        _run.Run();
        var looked = Decode(region, picture.Width, picture.Height, Score);
        var count = Math.Min(found.Length, NonMaxSuppression.Run(_looked.AsSpan(0, looked), _overlap));
        _looked.AsSpan(0, count).CopyTo(found);
        return count;
    }

    public void Dispose() => _run.Dispose();

    private int Decode(in PixelRegion region, int width, int height, float score)
    {
        var scores = _run.Output(0);
        var boxes = _run.Output(1);
        var count = 0;
        for (var i = 0; i < _looked.Length; i++)
        {
            var face = scores[2 * i + 1];
            if (!(face > score)) continue;
            var box = boxes.Slice(4 * i, 4);
            if (CutByTile(box, region, width, height)) continue;
            _looked[count++] = new Detection(
                region.X + box[0] * region.Width,
                region.Y + box[1] * region.Height,
                (box[2] - box[0]) * region.Width,
                (box[3] - box[1]) * region.Height,
                face);
        }
        return count;
    }

    // A box at a tile's inner edge is part of a face that another tile, or the whole picture, shows better.
    private static bool CutByTile(ReadOnlySpan<float> box, in PixelRegion region, int width, int height)
    {
        const float edge = 0.01f;
        return (box[0] < edge && region.X > 0)
            || (box[1] < edge && region.Y > 0)
            || (box[2] > 1 - edge && region.X + region.Width < width)
            || (box[3] > 1 - edge && region.Y + region.Height < height);
    }

    private void Prepare(in YuvPlanes picture, int grid)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grid, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(grid, MaxGrid);
        if (_views.Length > 0 && _viewGrid == grid)
        {
            var plan = _views[0].Plan;
            if (plan.SourceWidth == picture.Width && plan.SourceHeight == picture.Height
                && plan.Layout == picture.Layout)
                return;
        }
        var input = _run.Card.Input;
        var views = new Letterbox[_tiles.CountUpTo(grid)];
        for (var i = 0; i < views.Length; i++)
        {
            var region = _tiles.Region(i, picture.Width, picture.Height);
            var plan = new LetterboxPlan(
                picture.Width, picture.Height, picture.Layout, input.Width, input.Height, FitMode.Stretch, input.Filter,
                region);
            views[i] = new Letterbox(plan, input.Format);
        }
        (_views, _viewGrid) = (views, grid);
    }
}

/// <summary>Keeps the best box of each object and drops the others that overlap it.</summary>
internal static class NonMaxSuppression
{
    /// <summary>Sorts <paramref name="boxes"/> by descending score, moves the kept ones to the front and returns their
    /// number. Allocates nothing.</summary>
    /// <param name="overlap">Boxes whose intersection over union with a kept one exceeds this are dropped.</param>
    public static int Run(Span<Detection> boxes, float overlap)
    {
        boxes.Sort(static (a, b) => b.Score.CompareTo(a.Score));
        var kept = 0;
        for (var i = 0; i < boxes.Length; i++)
        {
            if (OverlapsAny(boxes[..kept], boxes[i], overlap)) continue;
            boxes[kept++] = boxes[i];
        }
        return kept;
    }

    private static bool OverlapsAny(ReadOnlySpan<Detection> kept, in Detection box, float overlap)
    {
        foreach (ref readonly var other in kept)
        {
            if (other.IoU(box) > overlap) return true;
        }
        return false;
    }
}
