using Picket.Agent.Config;
using Picket.Agent.Infer;
using Picket.Agent.Lists;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>The plates looked for, on all of the node's lists. For all threads.</summary>
internal sealed record PlateLists(IReadOnlyList<PlateListSource> Sources)
{
    public static PlateLists None { get; } = new([]);

    public int Count => Sources.Sum(source => source.List.Count);

    /// <summary>Reads the lists that <paramref name="configs"/> name; a list's problems are in its state.</summary>
    /// <param name="traffic">The formats of the plates that are expected.</param>
    /// <exception cref="PicketException">The model pack's confusions can't be used.</exception>
    public static PlateLists Load(
        IReadOnlyList<PlateListConfig> configs, ListCopies copies, ModelCatalog catalog, PlateGrammar traffic,
        DateTimeOffset now)
    {
        if (configs.Count == 0) return None;
        var confusions = PlateConfusions.Load(catalog.ConfusionsFile);
        var expected = new PlateTraffic(traffic.Formats);
        return new PlateLists([.. configs.Select(c => new PlateListSource(c, copies, expected, confusions, now))]);
    }

    /// <summary>The entry that the reading matches: highest priority first, then the likeliest; or null.</summary>
    public PlateMatch? Match(PlateRead read, DateTimeOffset at)
    {
        PlateMatch? best = null;
        for (var i = 0; i < Sources.Count; i++)
        {
            if (Sources[i].List.Match(read, at) is not { } match) continue;
            if (best is null || (match.Priority, match.Score).CompareTo((best.Priority, best.Score)) > 0) best = match;
        }
        return best;
    }
}
