using System.Numerics;

namespace Picket.Agent.Plates.Grammar;

/// <summary>The formats of several packs as one deterministic automaton: which characters may follow a text, and which
/// formats accept it as a whole. Immutable; for all threads.</summary>
/// <remarks>Subset construction (Rabin and Scott 1959). Formats have no cycles and mostly share their shapes, so the
/// number of states stays small; it is limited all the same.</remarks>
internal sealed class PlateAutomaton
{
    /// <summary>The state of a text that no format starts with.</summary>
    public const int Dead = -1;

    public const int Start = 0;

    /// <summary>All packs together need a twentieth of this; at the limit the table takes 9 MB.</summary>
    private const int MaxStates = 65_536;

    private readonly int[] _next;
    private readonly int[][] _formats;

    private PlateAutomaton(int[] next, int[][] formats)
    {
        _next = next;
        _formats = formats;
    }

    public int States => _formats.Length;

    /// <summary>The state after one more character, or <see cref="Dead"/>.</summary>
    public int Next(int state, int symbol) =>
        state == Dead ? Dead : _next[state * PlateAlphabet.Classes + symbol];

    /// <summary>A text that leads here is a complete plate of some format.</summary>
    public bool Accepts(int state) => state != Dead && _formats[state].Length > 0;

    /// <summary>The formats, by index and the most frequent first, that accept a text that leads here.</summary>
    public ReadOnlySpan<int> Formats(int state) => state == Dead ? [] : _formats[state];

    /// <exception cref="FormatException">The formats need too many states.</exception>
    public static PlateAutomaton Build(IReadOnlyList<PlateFormat> formats)
    {
        var subsets = new List<Place[]>();
        var known = new Dictionary<Place[], int>(new PlacesComparer());
        var next = new List<int>();
        var start = new Place[formats.Count];
        for (var i = 0; i < start.Length; i++) start[i] = new Place(i, 0);
        subsets.Add(start);
        known.Add(start, Start);
        var reached = new HashSet<Place>[PlateAlphabet.Classes];
        for (var i = 0; i < reached.Length; i++) reached[i] = [];
        for (var state = 0; state < subsets.Count; state++)
        {
            foreach (var places in reached) places.Clear();
            foreach (var place in subsets[state]) Follow(formats[place.Format], place, reached);
            foreach (var places in reached)
            {
                if (places.Count == 0)
                {
                    next.Add(Dead);
                    continue;
                }
                var subset = places.ToArray();
                Array.Sort(subset);
                if (!known.TryGetValue(subset, out var target))
                {
                    target = subsets.Count;
                    if (target == MaxStates)
                        throw new FormatException($"the formats need more than {MaxStates} states; leave out a pack");
                    known.Add(subset, target);
                    subsets.Add(subset);
                }
                next.Add(target);
            }
        }
        return new PlateAutomaton(
            [.. next], [.. subsets.Select(subset => Accepting(subset, formats))]);
    }

    private static void Follow(PlateFormat format, Place place, HashSet<Place>[] reached)
    {
        foreach (var arc in format.Arcs(place.State))
        {
            for (var rest = arc.Allowed; rest != 0; rest &= rest - 1)
                reached[BitOperations.TrailingZeroCount(rest)].Add(place with { State = arc.Target });
        }
    }

    private static int[] Accepting(Place[] subset, IReadOnlyList<PlateFormat> formats)
    {
        var accepting =
            from place in subset
            where formats[place.Format].Accepts(place.State)
            select place.Format;
        return [.. accepting.Distinct().OrderByDescending(format => formats[format].LogWeight)];
    }

    private readonly record struct Place(int Format, int State) : IComparable<Place>
    {
        public int CompareTo(Place other) =>
            Format != other.Format ? Format.CompareTo(other.Format) : State.CompareTo(other.State);
    }

    private sealed class PlacesComparer : IEqualityComparer<Place[]>
    {
        public bool Equals(Place[]? x, Place[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(Place[] places)
        {
            var hash = default(HashCode);
            foreach (var place in places) hash.Add(place);
            return hash.ToHashCode();
        }
    }
}
