using Picket.Agent.Recognize;

namespace Picket.Agent.Pipeline;

/// <summary>
/// The people looked for, and the cosine from which a face counts as one of them: computed from the list's size and the
/// false-alert budget. Immutable.
/// </summary>
/// <param name="FalseAlertsPerFace">How many false alerts one stranger's face may cause.</param>
internal sealed record FaceList(
    string Name,
    FaceGallery Gallery,
    FalseMatchCurve Curve,
    double FalseAlertsPerFace,
    IReadOnlyList<GalleryProblem> Problems)
{
    /// <summary>
    /// The budget was set, and measured, for up to eight looks at a face: what they can say together.
    /// </summary>
    private const int LooksOfOneTrial = 8;

    /// <summary>The cosine for a face that is seen for a short time; above 1 when nobody is on the list.</summary>
    public float Threshold => ThresholdAfter(1);

    /// <summary>
    /// The cosine after so many looks at the same face: each further eight count as another chance for a false match, so
    /// that a stranger who stays for an hour costs no more of the budget than one who passes.
    /// </summary>
    public float ThresholdAfter(int looks) => Gallery.Count == 0
        ? float.PositiveInfinity
        : (float)Curve.Threshold(Gallery.Count, FalseAlertsPerFace * Math.Min(1, (double)LooksOfOneTrial / looks));
}
