namespace Picket.Agent.Imaging;

/// <summary>What a crop shows where it reaches beyond the frame.</summary>
internal enum BorderMode
{
    /// <summary>The nearest pixel of the frame.</summary>
    Replicate,

    /// <summary>The format's padding value, for output pixels whose center lies outside.</summary>
    Constant,
}
