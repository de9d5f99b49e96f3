using System.Text.Json;

namespace Picket.Agent.Plates.Grammar;

/// <summary>The plate formats of one or more regions, competing: a prior over texts, never a filter. Immutable; for
/// all threads and cameras.</summary>
internal sealed class PlateGrammar
{
    /// <summary>Cost of confusing two characters that no pack lists as similar; above every listed cost.</summary>
    private const float UnlikeCost = 1.5f;

    /// <summary>In nats: beyond it, differences no longer matter.</summary>
    private const float MaxCost = 100;

    /// <summary>Weights are shares or counts of a region's vehicles.</summary>
    private const double MaxWeight = 1e9;

    /// <summary>The largest pack (Turkey) is 6 kB.</summary>
    private const int MaxPackBytes = 256 * 1024;

    private readonly PlateFormat[] _formats;
    private readonly float[] _confusions;

    private PlateGrammar(PlateFormat[] formats, float[] confusions, string[] regions)
    {
        _formats = formats;
        _confusions = confusions;
        Regions = regions;
        Automaton = PlateAutomaton.Build(formats);
    }

    /// <summary>Codes of the active packs, including the included ones.</summary>
    public IReadOnlyList<string> Regions { get; }

    /// <summary>The formats of all active packs, the largest weight of each pack being 1.</summary>
    public IReadOnlyList<PlateFormat> Formats => _formats;

    /// <summary>Which characters may follow which.</summary>
    public PlateAutomaton Automaton { get; }

    /// <summary>Loads packs and what they include.</summary>
    /// <param name="folder">Holds a file <c>CODE.json</c> per pack: <see cref="Infer.ModelCatalog.RegionsFolder"/>.
    /// </param>
    /// <param name="regions">Codes; if none are given, all packs in the folder.</param>
    /// <exception cref="PicketException">An unknown code (<see cref="ExitCode.BadUsage"/>), or a pack that can't be read
    /// (<see cref="ExitCode.PartMissing"/>).</exception>
    public static PlateGrammar Load(string folder, IReadOnlyCollection<string> regions)
    {
        var there = Available(folder);
        var packs = new Dictionary<string, PlatePack>();
        foreach (var region in regions.Count > 0 ? regions : there) AddPack(folder, there, region, packs);
        var formats = new List<PlateFormat>();
        var confusions = new float[PlateAlphabet.Classes * PlateAlphabet.Classes];
        Array.Fill(confusions, UnlikeCost);
        foreach (var pack in packs.Values)
        {
            AddFormats(folder, pack, formats);
            AddConfusions(folder, pack, confusions);
        }
        try
        {
            return new PlateGrammar([.. formats], confusions, [.. packs.Keys]);
        }
        catch (FormatException e)
        {
            throw new PicketException($"grammar packs {string.Join(", ", packs.Keys)}: {e.Message}", ExitCode.BadUsage, e);
        }
    }

    /// <summary>The format that gives a text its highest prior; with no format, <see cref="PlateCosts.NoFormat"/>
    /// applies.</summary>
    /// <param name="text">Classes.</param>
    public PlateFit Fit(ReadOnlySpan<byte> text, in PlateCosts costs)
    {
        var state = PlateAutomaton.Start;
        foreach (var symbol in text) state = Automaton.Next(state, symbol);
        var best = new PlateFit(null, -costs.NoFormat, -1);
        foreach (var index in Automaton.Formats(state))
        {
            var format = _formats[index];
            var prior = costs.Weight * format.LogWeight;
            // The most frequent come first: what follows can't be better any more.
            if (best.Format is not null && prior <= best.Prior) break;
            if (!format.TryMatch(text, out var rareLetters, out var breakAt)) continue;
            prior = MathF.Max(prior - rareLetters * costs.RareLetter, -costs.NoFormat);
            if (best.Format is null || prior > best.Prior) best = new PlateFit(format, prior, breakAt);
        }
        return best;
    }

    /// <summary>As <see cref="Fit(ReadOnlySpan{byte}, in PlateCosts)"/>; a text with characters other than A-Z and 0-9
    /// fits no format.</summary>
    public PlateFit Fit(ReadOnlySpan<char> text, in PlateCosts costs)
    {
        Span<byte> classes = stackalloc byte[PlateAlphabet.MaxLength];
        return PlateAlphabet.TryEncode(text, classes)
            ? Fit(classes[..text.Length], costs)
            : new PlateFit(null, -costs.NoFormat, -1);
    }

    /// <summary>The cost of <paramref name="text"/> not being what was <paramref name="seen"/>: the sum over the
    /// characters that differ; 0 for texts of different length, which say nothing about single characters.</summary>
    public float ConfusionCost(ReadOnlySpan<byte> seen, ReadOnlySpan<byte> text)
    {
        if (seen.Length != text.Length) return 0;
        var cost = 0f;
        for (var i = 0; i < seen.Length; i++)
        {
            if (seen[i] != text[i]) cost += _confusions[seen[i] * PlateAlphabet.Classes + text[i]];
        }
        return cost;
    }

    private static string[] Available(string folder)
    {
        if (!Directory.Exists(folder))
            throw new PicketException(
                $"grammar packs: the folder {folder} is not there; build the pack with 'make models'",
                ExitCode.PartMissing);
        var codes = Directory.GetFiles(folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path));
        return [.. codes.Order(StringComparer.Ordinal)];
    }

    private static void AddPack(string folder, string[] there, string region, Dictionary<string, PlatePack> packs)
    {
        if (packs.ContainsKey(region)) return;
        if (!there.Contains(region))
            throw new PicketException(
                $"region '{region}': no such grammar pack; there are {string.Join(", ", there)}", ExitCode.BadUsage);
        var pack = Read(PathOf(folder, region), region);
        packs.Add(region, pack);
        foreach (var included in pack.Includes) AddPack(folder, there, included, packs);
    }

    private static PlatePack Read(string path, string region)
    {
        try
        {
            var pack = JsonSerializer.Deserialize(BoundedFile.ReadBytes(path, MaxPackBytes), PlatePackJson.Default.PlatePack)
                ?? throw new JsonException("the pack is empty");
            if (pack.Region != region) throw new JsonException($"its region is '{pack.Region}'");
            if (pack.Formats.Count == 0) throw new JsonException("it has no formats");
            // The types promise no nulls, but the JSON reader does not look inside lists.
            if (pack.Formats.Contains(null!) || pack.Includes.Contains(null!)
                || pack.Words.Values.Any(words => words is null || words.Contains(null!)))
                throw new JsonException("a list of it holds null");
            return pack;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Broken(path, e.Message, e);
        }
    }

    private static void AddFormats(string folder, PlatePack pack, List<PlateFormat> formats)
    {
        var path = PathOf(folder, pack.Region);
        var largest = pack.Formats.Max(format => format.Weight);
        ulong letters, rare;
        try
        {
            letters = PlatePattern.Set(pack.Letters);
            rare = PlatePattern.Set(pack.RareLetters);
        }
        catch (FormatException e)
        {
            throw Broken(path, $"letters: {e.Message}", e);
        }
        foreach (var format in pack.Formats)
        {
            try
            {
                if (format.Weight is not (> 0 and <= MaxWeight))
                    throw new FormatException($"its weight must be above 0, at most {MaxWeight}");
                var own = format.Letters is null ? letters : PlatePattern.Set(format.Letters);
                var (arcs, accepts) = PlatePattern.Compile(format.Pattern, own, letters | rare, pack.Words);
                var logWeight = (float)Math.Log(format.Weight / largest);
                formats.Add(new PlateFormat(pack.Region, format.Name, logWeight, arcs, accepts));
            }
            catch (FormatException e)
            {
                throw Broken(path, $"format '{format.Name}' ({format.Pattern}): {e.Message}", e);
            }
        }
    }

    private static void AddConfusions(string folder, PlatePack pack, float[] confusions)
    {
        foreach (var (pair, cost) in pack.Confusions)
        {
            int a = pair.Length == 2 ? PlateAlphabet.Class(pair[0]) : -1;
            int b = pair.Length == 2 ? PlateAlphabet.Class(pair[1]) : -1;
            if (a < 0 || b < 0 || a == b || cost is not (>= 0 and <= MaxCost))
                throw Broken(
                    PathOf(folder, pack.Region),
                    $"confusion '{pair}': it must be two characters of A-Z and 0-9 with a cost of 0 to {MaxCost}");
            ref var there = ref confusions[a * PlateAlphabet.Classes + b];
            there = MathF.Min(there, cost);
            confusions[b * PlateAlphabet.Classes + a] = there;
        }
    }

    private static string PathOf(string folder, string region) => Path.Combine(folder, region + ".json");

    private static PicketException Broken(string path, string message, Exception? inner = null) => new(
        $"grammar pack {path}: {message}; correct it or build the pack again with 'make models'",
        ExitCode.PartMissing,
        inner);
}

/// <summary>How a text fits the active formats.</summary>
/// <param name="Format">The best one, or null if none accepts the text.</param>
/// <param name="Prior">At most 0, in nats, to be added to the text's log-likelihood.</param>
/// <param name="BreakAt">Index of the character that starts a two-line plate's lower line in that format, or
/// -1.</param>
internal readonly record struct PlateFit(PlateFormat? Format, float Prior, int BreakAt);
