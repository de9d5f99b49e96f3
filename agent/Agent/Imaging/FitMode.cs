namespace Picket.Agent.Imaging;

/// <summary>How a source region is laid into a target of another shape.</summary>
internal enum FitMode
{
    /// <summary>Aspect kept, centered, the rest padded.</summary>
    Letterbox,

    /// <summary>Both axes scaled to the target, aspect lost, nothing padded.</summary>
    Stretch,
}
