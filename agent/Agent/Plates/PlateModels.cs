using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>The models that plates need, loaded once and shared by all cameras; each camera creates its own detector
/// and reader.</summary>
internal sealed class PlateModels : IDisposable
{
    private readonly InferenceModel _detector;
    private readonly InferenceModel _reader;

    private PlateModels(InferenceModel detector, InferenceModel reader)
    {
        _detector = detector;
        _reader = reader;
        Gate = PlateGate.Of(reader.Card);
        Tracking = new ByteTrackerOptions { HighScore = detector.Card.Parameter("trackScore") };
    }

    /// <summary>The models, by name.</summary>
    public static string[] Ids => [PlateDetector.ModelId, PlateReader.ModelId];

    /// <summary>Name and version of the detector and the reader, as events name them.</summary>
    public string[] Names =>
    [
        $"{_detector.Card.Id} {_detector.Card.Version}", $"{_reader.Card.Id} {_reader.Card.Version}",
    ];

    /// <summary>What a found and read plate must reach to count as one.</summary>
    public PlateGate Gate { get; }

    /// <summary>How plates are tracked: their scores are lower than faces'.</summary>
    public ByteTrackerOptions Tracking { get; }

    /// <exception cref="PicketException">A model is missing or was changed, or its card does not fit.</exception>
    public static PlateModels Load(ModelCatalog catalog)
    {
        var loaded = new List<InferenceModel>();
        try
        {
            loaded.Add(catalog.Load(PlateDetector.ModelId));
            loaded.Add(catalog.Load(PlateReader.ModelId));
            return new PlateModels(loaded[0], loaded[1]);
        }
        catch (PicketException)
        {
            foreach (var model in loaded) model.Dispose();
            throw;
        }
    }

    /// <summary>A detector for one thread; the caller disposes it before the models.</summary>
    public PlateDetector CreateDetector() => new(_detector);

    /// <summary>A reader for one thread; the caller disposes it before the models.</summary>
    public PlateReader CreateReader() => new(_reader);

    public void Dispose()
    {
        _detector.Dispose();
        _reader.Dispose();
    }
}
