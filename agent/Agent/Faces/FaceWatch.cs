using Picket.Agent.Config;
using Picket.Agent.Infer;
using Picket.Agent.Lists;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;

namespace Picket.Agent.Faces;

/// <summary>What all cameras share for faces: the models and the watchlist.</summary>
internal sealed class FaceWatch(FaceModels models, FaceListSource list) : IDisposable
{
    public FaceModels Models => models;
    public FaceListSource List => list;

    /// <exception cref="PicketException">A model can't be used.</exception>
    public static FaceWatch Load(NodeConfig config, ModelCatalog catalog, CancellationToken cancel)
    {
        var models = FaceModels.Load(catalog);
        try
        {
            return new FaceWatch(models, FaceListSource.Load(config.FaceList, models, cancel, new ListCopies(config.StateFolder)));
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    /// <summary>A camera's lane; the caller disposes it before this.</summary>
    public FaceLane CreateLane(CameraConfig camera, CameraEvents events, CameraTelemetry telemetry) =>
        new(camera, models, list, events, telemetry);

    public void Dispose() => models.Dispose();
}
