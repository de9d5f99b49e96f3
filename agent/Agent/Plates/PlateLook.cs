using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>One look of the plate detector: at a part of a picture, at one scale.</summary>
/// <param name="letterbox">From the picture to the run's input.</param>
/// <param name="run">Lent; looks of the same size share one.</param>
/// <param name="minWidth">Minimum width of a plate in pixels of the picture.</param>
/// <param name="minHeight">Likewise its height.</param>
internal sealed class PlateLook(Letterbox letterbox, InferenceRun run, float minWidth, float minHeight)
{
    /// <summary>A box within this fraction of a tile's inner edge is assumed to be cut by it.</summary>
    private const float Edge = 0.01f;

    /// <summary>Looks at the picture.</summary>
    /// <param name="least">The minimum score.</param>
    /// <param name="found">Written in pixels of the picture, clipped to it; a plate may occur more than once.</param>
    /// <returns>How many were written.</returns>
    public int Run(in YuvPlanes picture, float least, Span<PlateDetection> found)
    {
        letterbox.Run(picture, run.Input);
        run.Run();
        var columns = run.Card.Input.Width / PlatePeaks.Stride;
        var peaks = PlatePeaks.Find(run.Output(0), run.Output(1), run.Output(2), columns, least, found);
        var kept = 0;
        for (var i = 0; i < peaks; i++)
        {
            var plate = ToPicture(found[i].Tightened(), picture.Width, picture.Height);
            if (!(plate.Box.Width >= minWidth && plate.Box.Height >= minHeight)) continue;
            if (!CutByTile(plate.Box, picture.Width, picture.Height)) found[kept++] = plate;
        }
        return kept;
    }

    private PlateDetection ToPicture(in PlateDetection plate, int width, int height)
    {
        var box = plate.Box;
        var most = new Vector2(width, height);
        var topLeft = ToPicture(new Vector2(box.X, box.Y), most);
        var size = ToPicture(new Vector2(box.Right, box.Bottom), most) - topLeft;
        return new PlateDetection(
            new Detection(topLeft.X, topLeft.Y, size.X, size.Y, box.Score),
            new PlateCorners(
                ToPicture(plate.Corners.TopLeft, most),
                ToPicture(plate.Corners.TopRight, most),
                ToPicture(plate.Corners.BottomRight, most),
                ToPicture(plate.Corners.BottomLeft, most)));
    }

    private Vector2 ToPicture(Vector2 point, Vector2 most) =>
        Vector2.Clamp(letterbox.Plan.ToSource(point.X, point.Y), Vector2.Zero, most);

    // A box at a tile's inner edge is part of a plate that another tile, or the whole picture, shows better.
    private bool CutByTile(in Detection box, int width, int height)
    {
        var region = letterbox.Plan.Region;
        var (edgeX, edgeY) = (Edge * region.Width, Edge * region.Height);
        return (region.X > 0 && box.X < region.X + edgeX)
            || (region.Y > 0 && box.Y < region.Y + edgeY)
            || (region.X + region.Width < width && box.Right > region.X + region.Width - edgeX)
            || (region.Y + region.Height < height && box.Bottom > region.Y + region.Height - edgeY);
    }
}
