using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>A plate with <c>?</c> for any one character, and <c>*</c> at its beginning or end for any number of
/// them.</summary>
internal readonly struct PlateWildcard
{
    /// <summary>Stands for <c>?</c> among the classes of <see cref="PlateAlphabet"/>.</summary>
    public const int Any = PlateAlphabet.Classes;

    private readonly byte[] _symbols;

    private PlateWildcard(byte[] symbols, bool beginsOpen, bool endsOpen) =>
        (_symbols, BeginsOpen, EndsOpen) = (symbols, beginsOpen, endsOpen);

    /// <summary>Characters between the stars.</summary>
    public int Length => _symbols.Length;

    public bool BeginsOpen { get; }

    public bool EndsOpen { get; }

    public bool IsPlain => !BeginsOpen && !EndsOpen && !_symbols.Contains((byte)Any);

    /// <summary>Characters that are neither <c>?</c> nor <c>*</c>.</summary>
    public int FixedCharacters => _symbols.Count(symbol => symbol != Any);

    /// <summary>The class at a place between the stars, or <see cref="Any"/>.</summary>
    public int this[int index] => _symbols[index];

    /// <summary>Parses a normalized plate; a star in the middle, or nothing but wildcards, is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> plate, out PlateWildcard wildcard, out string fault)
    {
        wildcard = default;
        var core = plate.Trim('*');
        fault = core.Contains('*') ? "'*' is allowed at the beginning or the end only"
            : core.Trim('?').Length == 0 ? "the plate has nothing but wildcards"
            : "";
        if (fault.Length > 0) return false;
        var symbols = new byte[core.Length];
        for (var i = 0; i < core.Length; i++) symbols[i] = (byte)(core[i] == '?' ? Any : PlateAlphabet.Class(core[i]));
        wildcard = new PlateWildcard(symbols, plate[0] == '*', plate[^1] == '*');
        return true;
    }

    /// <summary>As on a list: with <c>?</c> and <c>*</c> where they belong.</summary>
    public override string ToString()
    {
        var core = string.Concat(_symbols.Select(s => s == Any ? '?' : PlateAlphabet.Character(s)));
        return $"{(BeginsOpen ? "*" : "")}{core}{(EndsOpen ? "*" : "")}";
    }

    /// <summary>The positions in a text of this length at which the characters between the stars may begin; none if the
    /// last is before the first.</summary>
    public (int First, int Last) Places(int textLength)
    {
        var rest = textLength - Length;
        return (EndsOpen ? 0 : Math.Max(0, rest), BeginsOpen ? rest : Math.Min(0, rest));
    }

    /// <summary>Whether the plate, given as classes, fits.</summary>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        var (first, last) = Places(text.Length);
        for (var place = first; place <= last; place++)
        {
            var i = 0;
            while (i < Length && (_symbols[i] == Any || _symbols[i] == text[place + i])) i++;
            if (i == Length) return true;
        }
        return false;
    }
}
