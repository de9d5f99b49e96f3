using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>Reads found plates from the full-resolution picture: several crops per plate, several plates per call of
/// the model. One per thread; allocates only the reads, and buffers whenever a number of plates occurs for the first
/// time.</summary>
internal sealed class PlateReader : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "plate-read";

    /// <summary>Plates per call of the model, with three crops each: a larger batch gains nothing.</summary>
    public const int MaxPlates = 4;

    /// <summary>Variance of the Laplacian of a crop at which sharpness counts half.</summary>
    private const float HalfSharpness = 150;

    /// <summary>Beyond this width in pixels more does not help: it fills the model's input.</summary>
    private const float FullWidth = 128;

    /// <summary>A found box is off the plate by up to this fraction of its height; a plate nearer to the edge may be
    /// cut.</summary>
    private const float Margin = 0.15f;

    private readonly InferenceModel _model;
    private readonly InferenceRun?[] _runs = new InferenceRun?[MaxPlates];
    private readonly PlateCrops _crops;
    private readonly AffineCrop _crop;
    private readonly AffineCrop _look;
    private readonly byte[] _gray;
    private readonly PlateDecoder _decoder;
    private readonly PlateDetection[] _plates = new PlateDetection[MaxPlates];
    private int _looked;

    /// <param name="model">Lent; must outlive the reader.</param>
    /// <exception cref="PicketException">The card is not a plate reader's.</exception>
    public PlateReader(InferenceModel model)
    {
        var card = model.Card;
        if (card.Kind != DecoderKind.PlateRead)
            throw Unfit(card, $"its kind is {card.Kind}, a plate reader needs {DecoderKind.PlateRead}");
        if (card.Input.Shape[1] != 1) throw Unfit(card, "its input is not gray");
        if (!card.Outputs[0].Shape.AsSpan(1).SequenceEqual([CtcLattice.OutputFrames, PlateAlphabet.Classes]))
            throw Unfit(
                card, $"its output is not {CtcLattice.OutputFrames} frames of {PlateAlphabet.Classes} classes");
        _model = model;
        _crops = new PlateCrops(card);
        _crop = new AffineCrop(card.Input.Width, card.Input.Height, card.Input.Format);
        _look = new AffineCrop(card.Input.Width, card.Input.Height, TensorFormat.Plain(ChannelOrder.Gray));
        _gray = new byte[_look.OutputLength];
        _decoder = new PlateDecoder(CostsOf(card), PlateCalibration.Of(card));
    }

    /// <summary>Name and version of the model.</summary>
    public string Model => $"{_model.Card.Id}-{_model.Card.Version}";

    /// <summary>What the last read's confidence was computed from; for calibration.</summary>
    public PlateFeatures Features => _decoder.Features;

    /// <summary>Reads any number of plates of one picture.</summary>
    /// <param name="reads">As many as <paramref name="plates"/>, in the same order.</param>
    public void Read(
        in YuvPlanes picture, ReadOnlySpan<PlateDetection> plates, PlateGrammar grammar, Span<PlateRead> reads)
    {
        for (var from = 0; from < plates.Length; from += MaxPlates)
        {
            var count = Math.Min(MaxPlates, plates.Length - from);
            Look(picture, plates.Slice(from, count));
            for (var i = 0; i < count; i++) reads[from + i] = Decode(i, grammar);
        }
    }

    /// <summary>Runs the model over up to <see cref="MaxPlates"/> plates in one call; <see cref="Decode"/> and
    /// <see cref="Output"/> then give what it saw.</summary>
    public void Look(in YuvPlanes picture, ReadOnlySpan<PlateDetection> plates)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plates.Length, MaxPlates);
        plates.CopyTo(_plates);
        _looked = plates.Length;
        if (plates.Length == 0) return;
        var run = RunOf(plates.Length);
        var input = run.Input;
        for (var i = 0; i < plates.Length; i++)
        {
            for (var k = 0; k < _crops.Count; k++)
            {
                _crop.Run(picture, _crops.ToSource(plates[i], k), input);
                input = input[_crop.OutputLength..];
            }
        }
        run.Run();
    }

    /// <summary>The text of plate number <paramref name="index"/> of the last <see cref="Look"/>.</summary>
    public PlateRead Decode(int index, PlateGrammar grammar)
    {
        _decoder.Begin();
        _decoder.Add(Output(index), 1);
        return _decoder.Read(grammar, _plates[index].Box.Width);
    }

    /// <summary>The text of a track, from all shots its vote keeps; <see cref="PlateRead.Nothing"/> before the
    /// first.</summary>
    public PlateRead Decode(PlateVote vote, PlateGrammar grammar) => vote.Decode(_decoder, grammar);

    /// <summary>The model's log probabilities for all crops of plate number <paramref name="index"/>; valid until the
    /// next <see cref="Look"/>.</summary>
    public ReadOnlySpan<float> Output(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _looked);
        var length = _crops.Count * CtcLattice.OutputLength;
        return RunOf(_looked).Output(0).Slice(index * length, length);
    }

    /// <summary>What a look at the plate would be worth, 0..1, at a fraction of its cost: detector score, size,
    /// sharpness, how level it is; 0 if the plate is not whole.</summary>
    public float Rate(in YuvPlanes picture, in PlateDetection plate)
    {
        if (!IsWhole(picture, plate)) return 0;
        _look.Run(picture, _crops.ToSource(plate, 0), _gray);
        var sharpness = (float)Sharpness.Laplacian(_gray, _look.Width, _look.Height);
        // There, a height of one pixel already counts in full: here it is the width that counts.
        return BestShot.Worth(plate.Box, picture.Width, picture.Height, 1)
            * MathF.Min(1, plate.Box.Width / FullWidth)
            * (sharpness / (sharpness + HalfSharpness))
            * Straightness(plate);
    }

    /// <summary>Whether all of the plate is visible: false when it reaches the picture's edge or a mask, so that
    /// characters may be missing or cut into others.</summary>
    public static bool IsWhole(in YuvPlanes picture, in PlateDetection plate)
    {
        var (box, corners) = (plate.Box, plate.Corners);
        var margin = Margin * box.Height;
        var left = MathF.Min(box.X, MathF.Min(corners.TopLeft.X, corners.BottomLeft.X)) - margin;
        var top = MathF.Min(box.Y, MathF.Min(corners.TopLeft.Y, corners.TopRight.Y)) - margin;
        var right = MathF.Max(box.Right, MathF.Max(corners.TopRight.X, corners.BottomRight.X)) + margin;
        var bottom = MathF.Max(box.Bottom, MathF.Max(corners.BottomLeft.Y, corners.BottomRight.Y)) + margin;
        return left >= 0 && top >= 0 && right <= picture.Width && bottom <= picture.Height
            && picture.Masks?.Touches(left, top, right, bottom) != true;
    }

    /// <summary>Cosine of the angle by which the plate's lines are rotated in the picture; 1 for a level
    /// plate.</summary>
    public static float Straightness(in PlateDetection plate)
    {
        var along = PlateCrops.FromCorners(plate.Corners);
        var length = MathF.Sqrt(along.A * along.A + along.D * along.D);
        return length > 0 ? MathF.Abs(along.A) / length : 0;
    }

    public void Dispose()
    {
        foreach (var run in _runs) run?.Dispose();
    }

    private static PlateCosts CostsOf(ModelCard card) => new(
        card.Parameter("noFormat"),
        card.Parameter("formatWeight"),
        card.Parameter("rareLetter"),
        card.Parameter("confusion"));

    private InferenceRun RunOf(int plates)
    {
        if (_runs[plates - 1] is { } there) return there;
        long crops = plates * _crops.Count;
        var (input, output) = (_model.Card.Input.Shape, _model.Card.Outputs[0].Shape);
        var run = _model.CreateRun([crops, .. input.AsSpan(1)], [[crops, .. output.AsSpan(1)]]);
        _runs[plates - 1] = run;
        return run;
    }

    private static PicketException Unfit(ModelCard card, string why) =>
        new($"model {card.Id}: {why}; build the pack again with 'make models'", ExitCode.PartMissing);
}
