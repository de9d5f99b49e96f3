using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates;

/// <summary>Whether two texts may be readings of the same plate.</summary>
internal static class PlateLikeness
{
    /// <summary>One character in this many may be misread: two of a plate of six or seven, three of nine. Two vehicles'
    /// plates differ in more, with one exception in thousands.</summary>
    private const int CharactersPerMistake = 3;

    /// <summary>One character was read differently, or one was left out.</summary>
    public static bool IsAlike(string one, string other) => Distance(one, other, 1) <= 1;

    /// <summary>Few enough mistakes separate them, or one is part of the other.</summary>
    public static bool MayBeOne(string one, string other)
    {
        var allowed = Math.Max(one.Length, other.Length) / CharactersPerMistake;
        return Distance(one, other, allowed) <= allowed || IsPart(one, other) || IsPart(other, one);
    }

    /// <summary>The part has at least half of the whole's characters, in order, but not all of them: what is read while
    /// something covers part of the plate.</summary>
    public static bool IsPart(string part, string whole)
    {
        if (part.Length >= whole.Length || 2 * part.Length < whole.Length) return false;
        var next = 0;
        foreach (var character in whole)
        {
            if (next < part.Length && part[next] == character) next++;
        }
        return next == part.Length;
    }

    /// <summary>Characters to change, remove or insert (Levenshtein 1966); a number above <paramref name="most"/> if
    /// there are more than that.</summary>
    private static int Distance(string one, string other, int most)
    {
        if (Math.Abs(one.Length - other.Length) > most) return most + 1;
        Span<int> row = stackalloc int[PlateAlphabet.MaxLength + 2];
        if (other.Length >= row.Length || one.Length >= row.Length) return one == other ? 0 : most + 1;
        for (var i = 0; i <= other.Length; i++) row[i] = i;
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var k = 1; k <= other.Length; k++)
            {
                var changed = diagonal + (one[i - 1] == other[k - 1] ? 0 : 1);
                diagonal = row[k];
                row[k] = Math.Min(changed, Math.Min(row[k], row[k - 1]) + 1);
            }
        }
        return row[other.Length];
    }
}
