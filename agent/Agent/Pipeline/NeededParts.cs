using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest.Libav;
using Picket.Agent.Plates;

namespace Picket.Agent.Pipeline;

/// <summary>
/// What a node can't work without, checked before anything starts: a node that runs but can't decode a picture looks alive to everybody.
/// </summary>
internal static class NeededParts
{
    /// <summary>The model pack of a node that has all it needs.</summary>
    /// <exception cref="PicketException">Names every missing part and how to get it (exit code
    /// <see cref="ExitCode.PartMissing"/>).</exception>
    public static ModelCatalog Check(NodeConfig config)
    {
        ModelCatalog? catalog = null;
        var packages = new List<string>();
        var faults = new List<string>();
        foreach (var library in NativeLibraries.Missing())
        {
            faults.Add($"the library {library.Name} is missing");
            packages.Add(library.Package);
        }
        if (faults.Count == 0) Try(LibavSelfCheck.Verify, faults);
        if (!InferenceModel.IsRuntimeThere)
            faults.Add("the library libonnxruntime.so is missing beside the program; install picket again");
        Try(() => catalog = ModelCatalog.Open(config.ModelFolder), faults);
        if (catalog is not null)
        {
            string[] plates = config.Cameras.Any(c => c.Plates) ? PlateModels.Ids : [];
            foreach (var id in (string[])[.. FaceModels.Ids, .. plates]) Try(() => catalog.Verify(id), faults);
        }
        return faults.Count == 0 && catalog is not null ? catalog : throw Missing(faults, packages);
    }

    /// <summary>All faults in one message; one command installs the libraries.</summary>
    internal static PicketException Missing(IReadOnlyList<string> faults, IReadOnlyList<string> packages)
    {
        var remedy = packages.Count == 0 ? [] : (string[])[$"install: apt-get install {string.Join(' ', packages.Distinct())}"];
        return new PicketException(
            faults.Count == 1 ? string.Join("; ", (string[])[faults[0], .. remedy])
                : string.Join(
                    Environment.NewLine + "  ",
                    (string[])[$"{faults.Count} needed parts are missing:", .. faults, .. remedy]),
            ExitCode.PartMissing);
    }

    private static void Try(Action look, List<string> faults)
    {
        try
        {
            look();
        }
        catch (PicketException e)
        {
            faults.Add(e.Message);
        }
    }
}
