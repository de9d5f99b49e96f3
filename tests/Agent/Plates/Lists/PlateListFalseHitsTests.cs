using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;
using Xunit.Abstractions;

namespace Picket.Tests.Agent.Plates.Lists;

/// <summary>
/// The stated budget, counted: random traffic of the grammar packs against random lists, seeded, and plain edit distance
/// beside it.
/// </summary>
public sealed class PlateListFalseHitsTests(ITestOutputHelper output)
{
    private const double Budget = 0.0001;
    private const int Passages = 100_000;
    private const int OfTheList = 4_000;
    private const int PeerPassages = 5_000;

    private static readonly string Regions = Repository.Path("models", "plates", "regions");
    private static readonly PlateConfusions Confusions =
        PlateConfusions.Load(Repository.Path("models", "plates", "confusions.json"));

    /// <param name="foundOfSame">Of the listed vehicles that are read without fault, so many are found at least.</param>
    /// <param name="closeAtLeast">What the peer would give, of random traffic.</param>
    [Theory]
    [InlineData("pk", 10_000, 0.95, 0.01)]
    [InlineData("pk", 100_000, 0.6, 0.1)] // a list as large as this hits a percent of all plates that there can be
    [InlineData("in", 10_000, 1, 0)]
    [InlineData("gb", 100_000, 0.95, 0.01)]
    [InlineData("us", 10_000, 1, 0.002)]
    [InlineData("", 10_000, 1, 0.0005)]
    [InlineData("", 100_000, 0.95, 0.01)]
    public void Match_RandomTraffic_StaysWithinTheBudget(
        string region, int size, double foundOfSame, double closeAtLeast)
    {
        var grammar = PlateGrammar.Load(Regions, region.Length == 0 ? [] : [region]);
        var traffic = new DrawnTraffic(grammar, seed: 7);
        var listed = new HashSet<string>();
        while (listed.Count < size)
        {
            var plate = traffic.Plate();
            if (plate.Length is >= 5 and <= PlateText.MaxLength) listed.Add(plate);
        }
        var list = ListOf(listed, grammar);

        var (hits, close, strangers) = (0, 0, 0);
        for (var i = 0; i < Passages; i++)
        {
            var plate = traffic.Plate();
            var read = traffic.Read(plate);
            if (listed.Contains(plate)) continue;
            strangers++;
            if (list.Match(read, DateTimeOffset.UnixEpoch) is not null) hits++;
            if (i < PeerPassages && IsWithinOneEdit(read.Text, listed)) close++;
        }
        var plates = listed.ToArray();
        var (found, same) = (0, 0);
        for (var i = 0; i < OfTheList; i++)
        {
            var plate = plates[i * (plates.Length / OfTheList)];
            var read = traffic.Read(plate);
            if (list.Match(read, DateTimeOffset.UnixEpoch)?.Plate == plate) found++;
            if (read.Text == plate) same++;
        }
        output.WriteLine(
            $"{(region.Length == 0 ? "all" : region)} {size}: threshold {list.PlateThreshold:F3}, false hits {hits} of {strangers}; "
            + $"within one edit {close} of {PeerPassages}; of the listed found {found} of {OfTheList}, same text {same}");

        Assert.InRange(hits, 0, Budget * strangers);
        Assert.InRange(found, foundOfSame * same, OfTheList);
        Assert.InRange(close, closeAtLeast * PeerPassages, PeerPassages);
    }

    private static PlateList ListOf(IEnumerable<string> plates, PlateGrammar grammar)
    {
        var entries = plates.Select((plate, i) =>
        {
            Assert.True(PlateWildcard.TryParse(plate, out var pattern, out _));
            return new PlateListEntry(pattern, PlateText.Pack(plate), $"entry {i}", int.MaxValue, 0);
        });
        return new PlateList("test", "0", Budget, [.. entries], new PlateTraffic(grammar.Formats), Confusions);
    }

    /// <summary>Levenshtein distance of at most 1 to any plate of the list: the peer.</summary>
    private static bool IsWithinOneEdit(string text, HashSet<string> listed)
    {
        const string symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        if (listed.Contains(text)) return true;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && listed.Contains(text.Remove(i, 1))) return true;
            foreach (var symbol in symbols)
            {
                if (listed.Contains(text[..i] + symbol + text[i..])) return true;
                if (i < text.Length && listed.Contains(text[..i] + symbol + text[(i + 1)..])) return true;
            }
        }
        return false;
    }
}
