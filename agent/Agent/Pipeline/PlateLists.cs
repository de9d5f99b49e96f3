using Picket.Agent.Config;
using Picket.Agent.Decide;
using Picket.Agent.Infer;
using Picket.Agent.Recognize;

namespace Picket.Agent.Pipeline;

/// <summary>The plates looked for, on all lists of the node. Immutable; for all threads.</summary>
internal sealed record PlateLists(IReadOnlyList<PlateList> Lists, IReadOnlyList<PlateListProblem> Problems)
{
    public static PlateLists None { get; } = new([], []);

    public int Count => Lists.Sum(list => list.Count);

    /// <summary>Reads the lists that <paramref name="configs"/> name.</summary>
    /// <param name="traffic">The formats of the plates that are expected.</param>
    /// <exception cref="PicketException">A list can't be used at all.</exception>
    public static PlateLists Load(
        IReadOnlyList<PlateListConfig> configs, ModelCatalog catalog, PlateGrammar traffic)
    {
        if (configs.Count == 0) return None;
        var confusions = PlateConfusions.Load(catalog.ConfusionsFile);
        var expected = new PlateTraffic(traffic.Formats);
        var lists = new List<PlateList>();
        var problems = new List<PlateListProblem>();
        foreach (var config in configs)
        {
            var (entries, version, faults) = PlateListFile.Read(config.File);
            lists.Add(new PlateList(config.Name, version, config.FalseHitsPerPassage, entries, expected, confusions));
            problems.AddRange(faults);
        }
        return new PlateLists(lists, problems);
    }

    /// <summary>The entry that the reading matches: of the highest priority, then the likeliest; or null.</summary>
    public PlateMatch? Match(PlateRead read, DateTimeOffset at)
    {
        PlateMatch? best = null;
        foreach (var list in Lists)
        {
            if (list.Match(read, at) is not { } match) continue;
            if (best is null || (match.Priority, match.Score).CompareTo((best.Priority, best.Score)) > 0) best = match;
        }
        return best;
    }
}
