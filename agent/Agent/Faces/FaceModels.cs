using Picket.Agent.Infer;

namespace Picket.Agent.Faces;

/// <summary>The models that faces need, loaded once and shared by all cameras; each camera creates its own detector and
/// recognizer.</summary>
internal sealed class FaceModels : IDisposable
{
    private readonly InferenceModel _detector;
    private readonly InferenceModel _landmarks;
    private readonly InferenceModel _embedder;
    private readonly InferenceModel _liveness;

    private FaceModels(
        InferenceModel detector, InferenceModel landmarks, InferenceModel embedder, InferenceModel liveness)
    {
        _detector = detector;
        _landmarks = landmarks;
        _embedder = embedder;
        _liveness = liveness;
        Curve = new FalseMatchCurve(embedder.Card.FalseMatchCurve);
        SamePerson = embedder.Card.Parameter("verifyCosine");
    }

    /// <summary>The models, by name.</summary>
    public static string[] Ids => [FaceDetector.ModelId, FaceLandmarks.ModelId, FaceEmbedder.ModelId, Liveness.ModelId];

    /// <summary>How similar strangers get with this embedder.</summary>
    public FalseMatchCurve Curve { get; }

    /// <summary>The cosine from which two looks more likely show one person than two.</summary>
    public float SamePerson { get; }

    /// <summary>Length of an embedding.</summary>
    public int Dimensions => (int)_embedder.Card.Outputs[0].Shape[^1];

    /// <summary>The embeddings' model: those of another model can't be compared with them.</summary>
    public string Embedder => $"{_embedder.Card.Id} {_embedder.Card.Version}";

    /// <exception cref="PicketException">A model is missing or was changed, or its card does not fit.</exception>
    public static FaceModels Load(ModelCatalog catalog)
    {
        var loaded = new List<InferenceModel>();
        try
        {
            foreach (var id in Ids)
                loaded.Add(catalog.Load(id));
            return new FaceModels(loaded[0], loaded[1], loaded[2], loaded[3]);
        }
        catch (PicketException)
        {
            foreach (var model in loaded) model.Dispose();
            throw;
        }
    }

    /// <summary>A detector for one thread; the caller disposes it before the models.</summary>
    public FaceDetector CreateDetector() => new(_detector);

    /// <summary>A recognizer for one thread; the caller disposes it before the models.</summary>
    public FaceRecognizer CreateRecognizer() =>
        new(new FaceLandmarks(_landmarks), new FaceEmbedder(_embedder), new Liveness(_liveness));

    public void Dispose()
    {
        _detector.Dispose();
        _landmarks.Dispose();
        _embedder.Dispose();
        _liveness.Dispose();
    }
}
