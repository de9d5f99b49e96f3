using System.Numerics;

namespace Picket.Agent.Recognize;

/// <summary>The five points a face is aligned by, in pixels of the source picture. Left and right as seen in the
/// picture.</summary>
internal readonly record struct FacePoints(
    Vector2 LeftEye, Vector2 RightEye, Vector2 Nose, Vector2 MouthLeft, Vector2 MouthRight)
{
    public const int Count = 5;

    /// <summary>In the order of the contract: eyes, nose, mouth corners.</summary>
    public void CopyTo(Span<Vector2> points)
    {
        points[0] = LeftEye;
        points[1] = RightEye;
        points[2] = Nose;
        points[3] = MouthLeft;
        points[4] = MouthRight;
    }
}
