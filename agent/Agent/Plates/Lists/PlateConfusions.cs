using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>Which characters the reader confuses, and how often. Immutable; for all threads.</summary>
internal sealed class PlateConfusions
{
    /// <summary>Share of a pair's confusions that the reader's own doubt does not show (a 0 and an O of the same
    /// shape); the others come with a low confidence.</summary>
    private const double Unnoticed = 0.2;

    /// <summary>Even where the reader doubts, no other character is considered likelier than the one it read.</summary>
    private const double Most = 0.5;

    private const int LeastConfidences = 10;

    /// <summary>All pairs of 36 characters, and 1,000 confidences, are 30 kB.</summary>
    private const int MaxFileBytes = 256 * 1024;

    private readonly double[] _pairs = new double[PlateAlphabet.Classes * PlateAlphabet.Classes];
    private readonly byte[] _group = new byte[PlateAlphabet.Classes];
    private readonly double _wrongCharacters;

    private PlateConfusions(PlateConfusionTable table)
    {
        Confidences = [.. table.Confidences];
        _wrongCharacters = table.WrongCharacters;
        for (var i = 0; i < _group.Length; i++) _group[i] = (byte)i;
        foreach (var (read, truths) in table.Pairs)
        {
            if (truths is null) throw new JsonException($"pair '{read}': no characters with a share");
            foreach (var (truth, share) in truths)
            {
                if (Class(read) is not { } a || Class(truth) is not { } b || a == b || !(share is >= 0 and < 1))
                    throw new JsonException($"pair '{read}', '{truth}': two characters of A-Z and 0-9 with a share of 0 to 1");
                _pairs[a * PlateAlphabet.Classes + b] = share;
                Join(a, b);
            }
        }
        if (Confidences.Count < LeastConfidences || !Confidences.All(c => c is >= 0 and <= 1))
            throw new JsonException($"confidences must be {LeastConfidences} or more numbers from 0 to 1");
        if (!(_wrongCharacters is > 0 and < 1)) throw new JsonException("wrongCharacters must be above 0 and below 1");
    }

    /// <summary>The confidences of readings, spread evenly from the least to the most certain.</summary>
    public IReadOnlyList<double> Confidences { get; }

    /// <exception cref="PicketException">The file is missing or invalid
    /// (<see cref="ExitCode.PartMissing"/>).</exception>
    public static PlateConfusions Load(string path)
    {
        try
        {
            var table = JsonSerializer.Deserialize(
                BoundedFile.ReadBytes(path, MaxFileBytes), PlateConfusionJson.Default.PlateConfusionTable)
                ?? throw new JsonException("it is empty");
            return new PlateConfusions(table);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"plate confusions {path}: {e.Message}; correct it or build the pack again with 'make models'",
                ExitCode.PartMissing, e);
        }
    }

    /// <summary>The text with each character replaced by its group's name: the same for all texts it may be a
    /// misreading of. A number as <see cref="PlateText.Pack"/> makes them; 0 for what is no plate.</summary>
    public ulong Skeleton(ReadOnlySpan<byte> text)
    {
        if (text.Length > PlateText.MaxLength) return 0;
        var packed = 0UL;
        foreach (var symbol in text) packed = packed * PlateAlphabet.Classes + _group[symbol];
        return packed;
    }

    /// <summary>The probability that a character read as <paramref name="read"/> is in fact
    /// <paramref name="truth"/>.</summary>
    /// <param name="confidence">The reader's, for that character.</param>
    /// <remarks>Over many readings the mean is the table's share: the factor's mean is 1, since 1 - confidence is on
    /// average the share of wrong characters.</remarks>
    public double Probability(int read, int truth, double confidence)
    {
        var share = _pairs[read * PlateAlphabet.Classes + truth];
        return Math.Min(Most, share * (Unnoticed + (1 - Unnoticed) * (1 - confidence) / _wrongCharacters));
    }

    private void Join(int a, int b)
    {
        var (from, to) = (Math.Max(_group[a], _group[b]), Math.Min(_group[a], _group[b]));
        for (var i = 0; i < _group.Length; i++)
            if (_group[i] == from) _group[i] = to;
    }

    private static int? Class(string text) =>
        text.Length == 1 && PlateAlphabet.Class(text[0]) is var symbol and > 0 ? symbol : null;
}

/// <summary>The file <c>models/plates/confusions.json</c>.</summary>
/// <param name="Source">Where the figures come from.</param>
/// <param name="Confidences">Of all readings, spread evenly from the least to the most certain (quantiles).</param>
/// <param name="WrongCharacters">Share of characters that are wrong.</param>
/// <param name="Pairs">Of the characters that were read as the first, the share that really were the second.</param>
internal sealed record PlateConfusionTable(
    string Source, IReadOnlyList<double> Confidences, double WrongCharacters,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Pairs);

/// <summary>The JSON form of <see cref="PlateConfusionTable"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PlateConfusionTable))]
internal sealed partial class PlateConfusionJson : JsonSerializerContext;
