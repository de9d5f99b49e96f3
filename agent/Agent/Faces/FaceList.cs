namespace Picket.Agent.Faces;

/// <summary>
/// The people looked for, and the cosine from which a face counts as one of them, computed from the list's size and the
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
    /// This many looks at a face count as one chance of a false match, and each further group of this size as another.
    /// Tried with 283 people's LFW pictures as the looks, which differ more than a camera's: sixty looks then give 1.2
    /// to 1.35 times the false alerts of eight looks and no more; without counting, 1.9 times.
    /// </summary>
    private const int LooksOfOneTrial = 4;

    /// <summary>The cosine for a face seen only briefly; above 1 when nobody is on the list.</summary>
    public float Threshold => ThresholdAfter(1);

    /// <summary>
    /// The cosine after this many looks at the same face: it rises with them, so that a stranger who stays for an hour
    /// costs little more of the budget than one who passes by.
    /// </summary>
    public float ThresholdAfter(int looks) => Gallery.Count == 0
        ? float.PositiveInfinity
        : (float)Curve.Threshold(Gallery.Count, FalseAlertsPerFace * Math.Min(1, (double)LooksOfOneTrial / looks));
}
