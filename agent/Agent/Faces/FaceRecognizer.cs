using Picket.Agent.Imaging;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>From a picture and a face's box to points, quality and embedding. One per thread; allocates nothing per
/// face.</summary>
/// <param name="landmarks">Takes ownership, as with the other two.</param>
internal sealed class FaceRecognizer(FaceLandmarks landmarks, FaceEmbedder embedder, Liveness liveness) : IDisposable
{
    private readonly FaceQuality _quality = new();

    /// <summary>Length of an embedding.</summary>
    public int Dimensions => embedder.Dimensions;

    /// <summary>How strongly the embedder responded to the last face: more strongly to an upright one.</summary>
    public float Strength => embedder.Strength;

    /// <summary>Name and version of the embedder: embeddings of different models must not be compared.</summary>
    public string Model { get; } = embedder.Model;

    /// <summary>Fills <paramref name="embedding"/> (<see cref="Dimensions"/> numbers) with the face's embedding, of
    /// length 1; all 0 when the shot is not usable.</summary>
    public FaceShot Recognize(in YuvPlanes picture, in Detection box, Span<float> embedding)
    {
        var shot = Look(picture, box);
        return TryEmbed(picture, shot, embedding) ? shot : shot with { Quality = 0 };
    }

    /// <summary>Fills <paramref name="embedding"/> as <see cref="Recognize"/> does, from what <see cref="Look"/>
    /// returned for the same picture.</summary>
    /// <returns>False, and all zeros, when no embedding can be made.</returns>
    public bool TryEmbed(in YuvPlanes picture, in FaceShot shot, Span<float> embedding) =>
        embedder.TryEmbed(picture, shot.Points, embedding);

    /// <summary>Points and quality only: a fraction of the cost, enough to choose a best shot.</summary>
    public FaceShot Look(in YuvPlanes picture, in Detection box)
    {
        var points = landmarks.Find(picture, box);
        var quality = FaceAlignment.TryCrop(points, out var toSource)
            ? _quality.Measure(picture, toSource, points, box.Score)
            : 0;
        return new FaceShot(points, quality);
    }

    /// <summary>The probability 0..1 that the face is live; advisory, see <see cref="Liveness"/>.</summary>
    public float Live(in YuvPlanes picture, in Detection box) => liveness.Judge(picture, box);

    public void Dispose()
    {
        landmarks.Dispose();
        embedder.Dispose();
        liveness.Dispose();
    }
}

/// <summary>What one look at a face gave besides its embedding.</summary>
/// <param name="Quality">0..1, see <see cref="FaceQuality"/>; 0 when no embedding could be made.</param>
internal readonly record struct FaceShot(FacePoints Points, float Quality)
{
    /// <summary>There is an embedding, and its quality is above 0.</summary>
    public bool IsUsable => Quality > 0;
}
