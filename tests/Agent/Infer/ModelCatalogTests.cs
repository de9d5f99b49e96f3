using Picket.Agent.Infer;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Infer;

public sealed class ModelCatalogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("picket-models").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Verify_BuiltPack_Passes()
    {
        var catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
        Assert.All(catalog.Cards, card => catalog.Verify(card.Id));
        Assert.Superset(
            new HashSet<string> { "face-detect", "face-embed", "face-landmark", "face-liveness", "plate-detect", "plate-detect-small" },
            catalog.Cards.Select(card => card.Id).ToHashSet());
    }

    [Fact]
    public void Open_NoFolder_SaysWhatToDo()
    {
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(Path.Combine(_folder, "absent")));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.Contains("make models", error.Message);
        Assert.Contains(ModelCatalog.FolderVariable, error.Message);
    }

    [Fact]
    public void Load_OneByteOfTheWeightsChanged_Refuses()
    {
        CopyPart("face-landmark");
        var path = Path.Combine(_folder, "face-landmark.onnx");
        var weights = File.ReadAllBytes(path);
        weights[weights.Length / 2] ^= 1;
        File.WriteAllBytes(path, weights);
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder).Load("face-landmark"));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.StartsWith($"model face-landmark: sha256 of {path} is ", error.Message);
        Assert.EndsWith("build the pack again with 'make models'", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Load_WeightsMissing_Refuses()
    {
        CopyPart("face-landmark");
        File.Delete(Path.Combine(_folder, "face-landmark.onnx"));
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder).Load("face-landmark"));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.Contains("face-landmark.onnx", error.Message);
    }

    [Fact]
    public void Load_UnknownModel_NamesTheCard()
    {
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder).Load("face-smell"));
        Assert.Contains("face-smell.json", error.Message);
    }

    [Fact]
    public void Open_CardWithUnknownField_Refuses()
    {
        CopyPart("face-landmark");
        var path = Path.Combine(_folder, "face-landmark.json");
        var card = File.ReadAllText(path);
        File.WriteAllText(
            path, card.Replace("\"license\"", "\"licence\": \"\", \"license\"", StringComparison.Ordinal));
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder));
        Assert.Contains("licence", error.Message);
        Assert.Contains(path, error.Message);
    }

    /// <summary>JSON has numbers that a double has not.</summary>
    [Fact]
    public void Open_CardWithAnInfiniteParameter_Refuses()
    {
        CopyPart("face-detect");
        var path = Path.Combine(_folder, "face-detect.json");
        var card = File.ReadAllText(path);
        Assert.Contains("\"iou\": 0.4", card);
        File.WriteAllText(path, card.Replace("\"iou\": 0.4", "\"iou\": -1e999", StringComparison.Ordinal));
        Assert.Contains("one of its parameters", Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder)).Message);
    }

    [Fact]
    public void Load_CardWithAnotherShape_Refuses()
    {
        CopyPart("face-landmark");
        var path = Path.Combine(_folder, "face-landmark.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("[1, 136]", "[1, 10]", StringComparison.Ordinal));
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder).Load("face-landmark"));
        Assert.Contains("[1,10]", error.Message);
    }

    [Fact]
    public void Load_WeightsThatAreNoModel_Refuses()
    {
        CopyPart("face-landmark");
        var junk = "no protobuf"u8.ToArray();
        File.WriteAllBytes(Path.Combine(_folder, "face-landmark.onnx"), junk);
        var path = Path.Combine(_folder, "face-landmark.json");
        var old = ModelCatalog.Open(_folder).Card("face-landmark").Sha256;
        var sha = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(junk));
        // The landmark model is not rewritten: its card has the same sha256 twice, and only the weights' counts here.
        File.WriteAllText(path, File.ReadAllText(path).Replace(old, sha, StringComparison.Ordinal));
        var error = Assert.Throws<PicketException>(() => ModelCatalog.Open(_folder).Load("face-landmark"));
        Assert.Contains("does not load", error.Message);
    }

    private void CopyPart(string id)
    {
        foreach (var extension in new[] { ".json", ".onnx" })
            File.Copy(Repository.Path("artifacts", "models", id + extension), Path.Combine(_folder, id + extension));
    }
}
