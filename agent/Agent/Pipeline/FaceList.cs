using Picket.Agent.Config;
using Picket.Agent.Recognize;

namespace Picket.Agent.Pipeline;

/// <summary>
/// The people looked for, and the cosine from which a face counts as one of them: computed from the list's size and the
/// false-alert budget.
/// </summary>
internal sealed record FaceList(
    string Name, FaceGallery Gallery, float Threshold, IReadOnlyList<GalleryProblem> Problems)
{
    /// <summary>Reads the list that <paramref name="config"/> names; without one, nobody is looked for.</summary>
    /// <exception cref="PicketException">The folder can't be read.</exception>
    public static FaceList Load(FaceListConfig? config, FaceModels models, CancellationToken cancel)
    {
        if (config is null) return new FaceList("", new FaceGallery(models.Dimensions, []), float.PositiveInfinity, []);
        using var detector = models.CreateDetector();
        using var recognizer = models.CreateRecognizer();
        var folder = GalleryFolder.Load(config.Folder, detector, recognizer, cancel);
        var threshold = models.Curve.Threshold(folder.Gallery.Count, config.FalseAlertsPerFace);
        return new FaceList(config.Name, folder.Gallery, (float)threshold, folder.Problems);
    }
}
