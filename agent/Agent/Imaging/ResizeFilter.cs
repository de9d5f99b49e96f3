namespace Picket.Agent.Imaging;

/// <summary>How source samples are weighed into an output pixel.</summary>
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
