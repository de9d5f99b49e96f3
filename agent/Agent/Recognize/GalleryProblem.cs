namespace Picket.Agent.Recognize;

/// <summary>What is wrong with a gallery folder, or with something in it.</summary>
/// <param name="Where">The folder or file as the person who keeps the list knows it: <c>name/picture.jpg</c>, or the
/// gallery's folder itself.</param>
/// <param name="Reason">What is wrong, what follows from it, what to do.</param>
internal readonly record struct GalleryProblem(string Where, string Reason)
{
    public override string ToString() => $"gallery: {Where}: {Reason}";
}
