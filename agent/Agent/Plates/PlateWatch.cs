using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Lists;
using Picket.Agent.Outbox;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Telemetry;

namespace Picket.Agent.Plates;

/// <summary>What all cameras share for plates: the models, the formats of their regions, the lists.</summary>
internal sealed class PlateWatch : IDisposable
{
    private readonly PlateModels? _models;
    private readonly Dictionary<string, PlateGrammar> _grammars;

    private PlateWatch(PlateModels? models, Dictionary<string, PlateGrammar> grammars, PlateLists lists) =>
        (_models, _grammars, Lists) = (models, grammars, lists);

    public PlateLists Lists { get; }

    /// <summary>Loads what the plate-reading cameras need; nothing if there are none.</summary>
    /// <param name="time">Determines which entries are still valid; null for the machine's clock.</param>
    /// <exception cref="PicketException">A model or a region can't be used.</exception>
    public static PlateWatch Load(NodeConfig config, ModelCatalog catalog, TimeProvider? time = null)
    {
        var cameras = config.Cameras.Where(c => c.Plates).ToArray();
        if (cameras.Length == 0) return new PlateWatch(null, [], PlateLists.None);
        var grammars = new Dictionary<string, PlateGrammar>();
        foreach (var camera in cameras)
            grammars.TryAdd(Key(camera), PlateGrammar.Load(catalog.RegionsFolder, [.. camera.Regions]));
        // Lists belong to the node: they expect the traffic of all its cameras.
        string[] regions = cameras.Any(c => c.Regions.Count == 0) ? [] : [.. cameras.SelectMany(c => c.Regions).Distinct()];
        var lists = PlateLists.Load(
            config.Lists, new ListCopies(config.StateFolder), catalog, PlateGrammar.Load(catalog.RegionsFolder, regions),
            (time ?? TimeProvider.System).GetUtcNow());
        return new PlateWatch(PlateModels.Load(catalog), grammars, lists);
    }

    /// <summary>A camera's lane; the caller disposes it before this.</summary>
    /// <param name="faces">Lent: its detector finds the faces that a crop must not show.</param>
    /// <param name="known">The same camera's faces, or null.</param>
    public PlateLane CreateLane(
        CameraConfig camera, FaceWatch faces, FaceLane? known, CameraEvents events, CameraTelemetry telemetry) =>
        new(
            camera, _models!, new PlateCrop(faces.Models.CreateDetector()), _grammars[Key(camera)], Lists, known, events,
            telemetry);

    public void Dispose() => _models?.Dispose();

    private static string Key(CameraConfig camera) => string.Join(',', camera.Regions);
}
