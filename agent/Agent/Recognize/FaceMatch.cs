namespace Picket.Agent.Recognize;

/// <summary>The nearest person of a gallery and the cosine to them; whether that is a match is the threshold's
/// matter.</summary>
/// <param name="Person">Index into <see cref="FaceGallery.People"/>, or -1 for an empty gallery.</param>
internal readonly record struct FaceMatch(int Person, float Similarity)
{
    public static readonly FaceMatch None = new(-1, -1);
}
