namespace Picket.Agent.Recognize;

/// <summary>What one look at a face gave beside its embedding.</summary>
/// <param name="Quality">0..1, see <see cref="FaceQuality"/>; 0 when no embedding could be made.</param>
internal readonly record struct FaceShot(FacePoints Points, float Quality)
{
    /// <summary>There is an embedding, and it counts for something.</summary>
    public bool IsUsable => Quality > 0;
}
