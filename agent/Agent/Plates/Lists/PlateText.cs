using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>Plates as lists hold them: normalized, and packed into one number.</summary>
internal static class PlateText
{
    /// <summary>12 digits of base 37 fill 63 bits; the longest plates have 11 characters.</summary>
    public const int MaxLength = 12;

    /// <summary>A-Z and 0-9.</summary>
    public const int Characters = 36;

    private const ulong Base = PlateAlphabet.Classes;

    /// <summary>
    /// Writes the plate in upper case without separators (blanks, hyphens, dots, slashes) or diacritics, and with Urdu,
    /// Arabic and Hindi digits as 0-9; <c>?</c> and <c>*</c> stay.
    /// </summary>
    /// <returns>Its length, or -1 with the <paramref name="fault"/>.</returns>
    public static int Normalize(ReadOnlySpan<char> text, Span<char> plate, out string fault)
    {
        fault = "";
        var length = 0;
        foreach (var c in text)
        {
            var upper = WithoutMark(char.ToUpperInvariant(Western(c)));
            if (IsSeparator(c)) continue;
            if (!char.IsAsciiLetterOrDigit(upper) && upper is not ('?' or '*'))
            {
                fault = "the plate has a character other than A-Z, 0-9, '?' and '*'";
                return -1;
            }
            if (length == plate.Length)
            {
                fault = $"the plate is longer than {MaxLength} characters";
                return -1;
            }
            plate[length++] = upper;
        }
        if (length == 0) fault = "there is no plate";
        return length == 0 ? -1 : length;
    }

    /// <summary>The plate as a number, unique for each; 0 for what is no plate or too long.</summary>
    public static ulong Pack(ReadOnlySpan<char> plate)
    {
        if (plate.Length > MaxLength) return 0;
        var packed = 0UL;
        foreach (var c in plate)
        {
            var symbol = PlateAlphabet.Class(c);
            if (symbol < 0) return 0;
            packed = packed * Base + (ulong)symbol;
        }
        return packed;
    }

    /// <summary>The plate of a number; <paramref name="plate"/> holds <see cref="MaxLength"/>.</summary>
    /// <returns>Its length.</returns>
    public static int Unpack(ulong packed, Span<char> plate)
    {
        var length = 0;
        for (var rest = packed; rest > 0; rest /= Base) length++;
        for (var i = length - 1; i >= 0; i--, packed /= Base) plate[i] = PlateAlphabet.Character((int)(packed % Base));
        return length;
    }

    /// <summary>Separates the parts of a plate or, in text copied from elsewhere, is invisible: blanks of all kinds,
    /// dashes, dots, direction marks.</summary>
    private static bool IsSeparator(char c) => c is ' ' or '-' or '.' or '/' or '_' or '\u00B7' or '\u00A0' or '\u00AD'
        or '\u061C' or '\u202F' or '\u2212' or '\u3000' or '\uFEFF'
        or (>= '\u2000' and <= '\u2015') or (>= '\u202A' and <= '\u202E') or (>= '\u2060' and <= '\u2069');

    /// <summary>Digits of other scripts, and the full-width letters and digits of East Asian keyboards, as readers read
    /// them.</summary>
    private static char Western(char c) => c switch
    {
        >= '\u0660' and <= '\u0669' => (char)('0' + c - '\u0660'), // Arabic
        >= '\u06F0' and <= '\u06F9' => (char)('0' + c - '\u06F0'), // Urdu, Persian
        >= '\u0966' and <= '\u096F' => (char)('0' + c - '\u0966'), // Hindi
        >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
        _ => c,
    };

    /// <summary>The letter that a reader reads, for the diacritics on European and Turkish plates. (String
    /// normalization needs ICU, which a node must not need.)</summary>
    private static char WithoutMark(char upper) => upper switch
    {
        '\u00C4' or '\u00C5' => 'A',
        '\u00C7' or '\u0106' or '\u010C' => 'C',
        '\u0110' => 'D',
        '\u00C9' => 'E',
        '\u00D1' => 'N',
        '\u00D6' or '\u00D8' => 'O',
        '\u0160' or '\u015E' => 'S',
        '\u00DC' => 'U',
        '\u017D' => 'Z',
        _ => upper,
    };
}
