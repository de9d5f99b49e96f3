using Picket.Agent.Faces;
using Picket.Agent.Infer;

namespace Picket.Tests.Support;

/// <summary>The real face models of the built pack, loaded once for all tests.</summary>
internal static class FacePack
{
    private static readonly Lazy<FaceModels> Loaded = new(
        () => FaceModels.Load(ModelCatalog.Open(Repository.Path("artifacts", "models"))));

    public static FaceModels Models => Loaded.Value;

    /// <summary>Rows of a CSV file with a header, by column name. The files here quote nothing.</summary>
    public static IEnumerable<Dictionary<string, string>> Rows(string csv)
    {
        var lines = File.ReadAllLines(csv);
        var header = lines[0].Split(',');
        return lines.Skip(1)
            .Select(line => header.Zip(line.Split(',')).ToDictionary(cell => cell.First, cell => cell.Second));
    }
}
