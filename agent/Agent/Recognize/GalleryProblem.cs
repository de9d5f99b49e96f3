namespace Picket.Agent.Recognize;

/// <summary>A picture of a gallery folder that could not be used.</summary>
internal readonly record struct GalleryProblem(string Person, string File, string Reason)
{
    public override string ToString() => $"gallery: {Person}/{File}: {Reason}";
}
