using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>How frames of one size and layout are fitted into a target: geometry and filter taps, computed once;
/// immutable, shared by threads.</summary>
/// <remarks>
/// Coordinates are continuous: pixel i covers i..i+1. Chroma samples are assumed to lie at the center of the pixels
/// they cover. The error of the 8-bit vertical weights is at most half a level for bilinear.
/// </remarks>
internal sealed class LetterboxPlan
{
    /// <summary>OpenCV's usual advice and our face detector's measurements: average when shrinking by more than
    /// this.</summary>
    private const double AreaAbove = 1.5;

    /// <param name="sourceWidth">Frame width in pixels.</param>
    /// <param name="sourceHeight">Frame height in pixels.</param>
    /// <param name="layout">Planes of the frames.</param>
    /// <param name="targetWidth">Output width in pixels.</param>
    /// <param name="targetHeight">Output height in pixels.</param>
    /// <param name="fit">Whether the aspect ratio is kept.</param>
    /// <param name="filter">Weights.</param>
    /// <param name="region">The part of the frame to show (a tile); the whole frame when null.</param>
    /// <param name="mostEnlarged">The maximum number of target pixels per source pixel in a letterbox; a smaller
    /// picture gets wider bars.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1, or a region that is not inside the
    /// frame.</exception>
    public LetterboxPlan(
        int sourceWidth,
        int sourceHeight,
        PixelLayout layout,
        int targetWidth,
        int targetHeight,
        FitMode fit = FitMode.Letterbox,
        ResizeFilter filter = ResizeFilter.Auto,
        PixelRegion? region = null,
        double mostEnlarged = double.PositiveInfinity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetHeight, 1);
        (SourceWidth, SourceHeight, Layout) = (sourceWidth, sourceHeight, layout);
        (TargetWidth, TargetHeight) = (targetWidth, targetHeight);
        Region = region ?? new PixelRegion(0, 0, sourceWidth, sourceHeight);
        if (Region.X < 0 || Region.Y < 0 || Region.Width < 1 || Region.Height < 1
            || Region.X > sourceWidth - Region.Width || Region.Y > sourceHeight - Region.Height)
        {
            throw new ArgumentOutOfRangeException(
                nameof(region), Region, $"not inside the frame of {sourceWidth}x{sourceHeight}");
        }

        (ImageWidth, ImageHeight) = (targetWidth, targetHeight);
        if (fit == FitMode.Letterbox)
        {
            var fits = Math.Min((double)targetWidth / Region.Width, (double)targetHeight / Region.Height);
            var scale = Math.Min(fits, mostEnlarged);
            ImageWidth = Math.Clamp((int)Math.Round(Region.Width * scale), 1, targetWidth);
            ImageHeight = Math.Clamp((int)Math.Round(Region.Height * scale), 1, targetHeight);
        }

        ImageX = (targetWidth - ImageWidth) / 2;
        ImageY = (targetHeight - ImageHeight) / 2;
        RatioX = (double)Region.Width / ImageWidth;
        RatioY = (double)Region.Height / ImageHeight;
        Filter = filter != ResizeFilter.Auto ? filter
            : Math.Max(RatioX, RatioY) > AreaAbove ? ResizeFilter.Area : ResizeFilter.Bilinear;
        Luma = MakeTaps(1, 1, sourceWidth, sourceHeight);
        var chromaX = layout == PixelLayout.I444 ? 1 : 2;
        var chromaY = layout is PixelLayout.I444 or PixelLayout.I422 ? 1 : 2;
        Chroma = MakeTaps(
            chromaX, chromaY, (sourceWidth + chromaX - 1) / chromaX, (sourceHeight + chromaY - 1) / chromaY);
    }

    public int SourceWidth { get; }
    public int SourceHeight { get; }
    public PixelLayout Layout { get; }
    public PixelRegion Region { get; }
    public int TargetWidth { get; }
    public int TargetHeight { get; }

    /// <summary>Where the image lies in the target; everything outside is padding.</summary>
    public int ImageX { get; }
    public int ImageY { get; }
    public int ImageWidth { get; }
    public int ImageHeight { get; }

    /// <summary>Source pixels per output pixel.</summary>
    public double RatioX { get; }
    public double RatioY { get; }

    /// <summary>The filter in use: never <see cref="ResizeFilter.Auto"/>.</summary>
    public ResizeFilter Filter { get; }

    internal PlaneTaps Luma { get; }
    internal PlaneTaps Chroma { get; }

    /// <summary>The point of the frame shown at a point of the target (both in pixels, continuous).</summary>
    public Vector2 ToSource(float x, float y) => new(
        (float)(Region.X + ((x - ImageX) * RatioX)),
        (float)(Region.Y + ((y - ImageY) * RatioY)));

    private PlaneTaps MakeTaps(int dividerX, int dividerY, int planeWidth, int planeHeight)
    {
        var area = Filter == ResizeFilter.Area;
        var rows = new AxisTaps(
            (double)Region.Y / dividerY, RatioY / dividerY, planeHeight, ImageHeight, area, PlaneTaps.RowUnity);
        var columns = new AxisTaps(
            (double)Region.X / dividerX, RatioX / dividerX, planeWidth, ImageWidth, area, PlaneTaps.ColumnUnity);
        return new PlaneTaps(rows, columns);
    }
}

/// <summary>How a source region is fitted into a target of another shape.</summary>
internal enum FitMode
{
    /// <summary>Aspect ratio kept, centered, the rest padded.</summary>
    Letterbox,

    /// <summary>Both axes scaled to the target, aspect ratio lost, nothing padded.</summary>
    Stretch,
}

/// <summary>How source samples are weighted into an output pixel.</summary>
internal enum ResizeFilter
{
    /// <summary><see cref="Area"/> when either axis shrinks by more than 1.5, else <see cref="Bilinear"/>.</summary>
    Auto,

    /// <summary>The two nearest samples per axis (OpenCV's INTER_LINEAR): aliases when shrinking.</summary>
    Bilinear,

    /// <summary>The mean over the output pixel's footprint (OpenCV's INTER_AREA); bilinear on an axis that does not
    /// shrink.</summary>
    Area,
}
