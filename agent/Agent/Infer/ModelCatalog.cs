using System.Security.Cryptography;
using System.Text.Json;

namespace Picket.Agent.Infer;

/// <summary>The model pack: a folder of weights with a card each. Weights are loaded only if their sha256 matches the card.</summary>
internal sealed class ModelCatalog
{
    /// <summary>Names the pack's folder; overrides everything but an explicit argument.</summary>
    public const string FolderVariable = "PICKET_MODELS";

    /// <summary>The largest card (plate detector) is 4 kB.</summary>
    private const int MaxCardBytes = 256 * 1024;

    /// <summary>No model looks at pictures larger than 8K.</summary>
    private const long MaxSide = 8192;

    private readonly string _folder;
    private readonly Dictionary<string, ModelCard> _cards;

    private ModelCatalog(string folder, Dictionary<string, ModelCard> cards)
    {
        _folder = folder;
        _cards = cards;
    }

    public IReadOnlyCollection<ModelCard> Cards => _cards.Values;

    /// <summary>The folder of plate formats, one file per region; part of the pack, but a pack may lack it.</summary>
    public string RegionsFolder => Path.Combine(_folder, "regions");

    /// <summary>Which plate characters are confused with one another, and how often; also part of the pack.</summary>
    public string ConfusionsFile => Path.Combine(_folder, "plates", "confusions.json");

    /// <summary>Reads all cards of <paramref name="folder"/>, or, when it is null, of the folder found: <c>PICKET_MODELS</c>,
    /// <c>../models</c> beside the program, <c>artifacts/models</c> of the repository containing the program.</summary>
    /// <exception cref="PicketException">No such folder, or an unreadable card (<see cref="ExitCode.PartMissing"/>).</exception>
    public static ModelCatalog Open(string? folder = null)
    {
        folder ??= Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : FindFolder();
        if (!Directory.Exists(folder))
            throw Missing($"models: the folder {folder} is not there; "
                + $"build the pack with 'make models' or name it with {FolderVariable}");
        var cards = new Dictionary<string, ModelCard>();
        foreach (var path in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var card = ReadCard(path);
            cards[card.Id] = card;
        }
        return new ModelCatalog(folder, cards);
    }

    /// <summary>Verifies the weights and opens a session over them; the caller disposes the model.</summary>
    /// <exception cref="PicketException">Missing, changed or unusable weights
    /// (<see cref="ExitCode.PartMissing"/>).</exception>
    public InferenceModel Load(string id, int threads = 1)
    {
        var card = Card(id);
        return new InferenceModel(card, ReadVerified(card), threads);
    }

    /// <summary>The card of that name.</summary>
    public ModelCard Card(string id) =>
        _cards.TryGetValue(id, out var card)
            ? card
            : throw Missing($"model {id}: no card {id}.json in {_folder}; build the pack with 'make models'");

    /// <summary>Verifies a model's weights without loading them.</summary>
    /// <exception cref="PicketException">As <see cref="Load"/>.</exception>
    public void Verify(string id) => ReadVerified(Card(id));

    // The bytes hashed are the bytes loaded: nobody can swap the file in between.
    private byte[] ReadVerified(ModelCard card)
    {
        var path = Path.Combine(_folder, card.File);
        byte[] weights;
        try
        {
            weights = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Missing($"model {card.Id}: can't read {path}: {e.Message}; build the pack with 'make models'", e);
        }
        var found = Convert.ToHexStringLower(SHA256.HashData(weights));
        return found == card.Sha256
            ? weights
            : throw Missing(
                $"model {card.Id}: sha256 of {path} is {found} but its card says {card.Sha256}; "
                + "build the pack again with 'make models'");
    }

    private static ModelCard ReadCard(string path)
    {
        try
        {
            var card = JsonSerializer.Deserialize(BoundedFile.ReadBytes(path, MaxCardBytes), ModelCardJson.Default.ModelCard)
                ?? throw new JsonException("the card is empty");
            if (card.Id != Path.GetFileNameWithoutExtension(path)) throw new JsonException($"its id is '{card.Id}'");
            if (card.File != Path.GetFileName(card.File)) throw new JsonException("its file is not a plain file name");
            if (card.Input.Shape.Length != 4 || !card.Input.Shape.All(side => side is > 0 and <= MaxSide))
                throw new JsonException("its input shape must be N, C, H, W");
            if (!float.IsFinite(card.Input.Offset) || !float.IsNormal(card.Input.Divisor))
                throw new JsonException("its input's offset and divisor must be finite numbers, the divisor not 0");
            if (card.Outputs.Any(output => output is null) || card.Accuracy.Any(figure => figure is null))
                throw new JsonException("one of its lists contains null");
            if (!card.Parameters.Values.All(double.IsFinite))
                throw new JsonException("one of its parameters is not a finite number");
            return card;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Missing($"model card {path}: {e.Message}; build the pack again with 'make models'", e);
        }
    }

    private static string FindFolder()
    {
        var program = AppContext.BaseDirectory;
        var beside = Path.GetFullPath(Path.Combine(program, "..", "models"));
        if (File.Exists(Path.Combine(beside, "face-detect.json"))) return beside;
        for (var at = new DirectoryInfo(program); at is not null; at = at.Parent)
        {
            var pack = Path.Combine(at.FullName, "artifacts", "models");
            if (Directory.Exists(pack)) return pack;
        }
        return beside;
    }

    private static PicketException Missing(string message, Exception? inner = null) =>
        new(message, ExitCode.PartMissing, inner);
}
