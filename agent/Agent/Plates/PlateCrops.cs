using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>Where the reader's crops of one plate lie: the box grown by different margins, so that a border too tight
/// or too loose in one crop is right in another; some are laid on the plate's corners instead.</summary>
/// <remarks>Card parameters: <c>crops</c>, how many; <c>cornerCrops</c>, how many of them, counted from the end, follow
/// the corners; <c>marginX1</c>, <c>marginY1</c>, ... by how much of its width and height the box grows on each side
/// (the study's: 0.02 and 0.05, -0.01 and 0, 0.05 and 0.12).</remarks>
internal sealed class PlateCrops
{
    /// <summary>Three gained 5 points over one in the study; four plates of three crops fill a call.</summary>
    public const int MaxCount = 3;

    private readonly Vector2[] _margins;
    private readonly int _fromCorners;
    private readonly int _width;
    private readonly int _height;

    /// <exception cref="PicketException">The card lacks a parameter, or asks for more crops than
    /// <see cref="MaxCount"/>.</exception>
    public PlateCrops(ModelCard card)
    {
        var count = (int)card.Parameter("crops");
        if (count is < 1 or > MaxCount)
            throw new PicketException(
                $"model {card.Id}: its card asks for {count} crops per plate, 1 to {MaxCount} are allowed",
                ExitCode.PartMissing);
        _margins = new Vector2[count];
        for (var i = 0; i < count; i++)
            _margins[i] = new Vector2(card.Parameter($"marginX{i + 1}"), card.Parameter($"marginY{i + 1}"));
        _fromCorners = count - (int)card.Parameter("cornerCrops");
        (_width, _height) = (card.Input.Width, card.Input.Height);
    }

    /// <summary>Crops of one plate.</summary>
    public int Count => _margins.Length;

    /// <summary>The map from crop number <paramref name="index"/> to the picture.</summary>
    public AffineTransform ToSource(in PlateDetection plate, int index)
    {
        var margin = _margins[index];
        var unit = index >= _fromCorners ? FromCorners(plate.Corners) : FromBox(plate.Box);
        return unit.Multiply(
            AffineTransform.FromRectangle(
                -margin.X, -margin.Y, 1 + 2 * margin.X, 1 + 2 * margin.Y, _width, _height));
    }

    /// <summary>From the unit square to a box.</summary>
    public static AffineTransform FromBox(in Detection box) => new(box.Width, 0, box.X, 0, box.Height, box.Y);

    /// <summary>From the unit square to the plate: the affine map with the least sum of squared distances to the four
    /// corners.</summary>
    public static AffineTransform FromCorners(in PlateCorners plate)
    {
        // For the corners of a square the normal equations separate: each side's direction is the mean of the two
        // opposite sides, and the centers coincide.
        var across = (plate.TopRight - plate.TopLeft + plate.BottomRight - plate.BottomLeft) / 2;
        var down = (plate.BottomLeft - plate.TopLeft + plate.BottomRight - plate.TopRight) / 2;
        var center = (plate.TopLeft + plate.TopRight + plate.BottomRight + plate.BottomLeft) / 4;
        var origin = center - (across + down) / 2;
        return new AffineTransform(across.X, down.X, origin.X, across.Y, down.Y, origin.Y);
    }
}
