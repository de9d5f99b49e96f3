using System.Globalization;
using System.Numerics;

namespace Picket.Agent.Plates.Grammar;

/// <summary>Compiles a format's pattern to a nondeterministic automaton over characters; state 0 is the
/// start.</summary>
/// <remarks>
/// Tokens: <c>L</c> letter, <c>D</c> digit, <c>A</c> either, <c>[A-HJ2]</c> set, <c>@word</c> one of a list,
/// <c>'BH'</c> literal, each optionally followed by <c>{m}</c> or <c>{m,n}</c>; a space is a printed group break,
/// <c>/</c> the place where a two-line plate breaks. The result has no cycle: a text has at most
/// <see cref="PlateAlphabet.MaxLength"/> characters.
/// </remarks>
internal sealed class PlatePattern
{
    /// <summary>The largest format (Turkey: 81 provinces and 8 characters) has about 20.</summary>
    public const int MaxStates = 256;

    private readonly string _pattern;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _words;
    private readonly ulong _letters;
    private readonly ulong _rare;
    private readonly List<List<PlateArc>> _arcs = [[]];
    private List<int> _frontier = [0];
    private bool _breaks;
    private int _at;

    private PlatePattern(
        string pattern, ulong letters, ulong rare, IReadOnlyDictionary<string, IReadOnlyList<string>> words)
    {
        _pattern = pattern;
        _letters = letters;
        _rare = rare;
        _words = words;
    }

    /// <summary>The arcs of each state, and the states in which a text may end.</summary>
    /// <param name="letters">Classes that <c>L</c> accepts.</param>
    /// <param name="rare">Further classes that it accepts at a cost.</param>
    /// <exception cref="FormatException">The pattern is wrong; the message starts with the column, counted from
    /// 1.</exception>
    public static (PlateArc[][] Arcs, bool[] Accepts) Compile(
        string pattern, ulong letters, ulong rare, IReadOnlyDictionary<string, IReadOnlyList<string>> words)
    {
        var compiled = new PlatePattern(pattern, letters, rare & ~letters, words);
        while (compiled._at < pattern.Length) compiled.Token();
        if (compiled._frontier.Contains(0)) throw new FormatException("column 1: the pattern takes an empty text");
        var accepts = new bool[compiled._arcs.Count];
        foreach (var state in compiled._frontier) accepts[state] = true;
        var arcs = compiled._arcs.ConvertAll(list => list.ToArray()).ToArray();
        if (Longest(arcs, 0) > PlateAlphabet.MaxLength)
            throw new FormatException($"column 1: the pattern takes more than {PlateAlphabet.MaxLength} characters");
        return (arcs, accepts);
    }

    /// <summary>The classes of a string of characters.</summary>
    /// <exception cref="FormatException">A character is neither A-Z nor 0-9.</exception>
    public static ulong Set(string characters)
    {
        var set = 0UL;
        foreach (var character in characters)
        {
            var symbol = PlateAlphabet.Class(character);
            if (symbol < 0) throw new FormatException($"'{character}' is neither A-Z nor 0-9");
            set |= 1UL << symbol;
        }
        return set;
    }

    private static int Longest(PlateArc[][] arcs, int state)
    {
        // States are numbered in the order they are reached, so that arcs lead to higher numbers only.
        var longest = new int[arcs.Length];
        for (var i = arcs.Length - 1; i >= state; i--)
        {
            foreach (var arc in arcs[i]) longest[i] = Math.Max(longest[i], 1 + longest[arc.Target]);
        }
        return longest[state];
    }

    private void Token()
    {
        var column = _at;
        switch (_pattern[_at++])
        {
            case ' ':
                break;
            case '/':
                if (_breaks || _frontier.Contains(0)) throw Error(column, "a line break before any character");
                _breaks = true;
                break;
            case 'L':
                Repeat(() => Step(_letters, _rare));
                break;
            case 'D':
                Repeat(() => Step(PlateAlphabet.Digits, 0));
                break;
            case 'A':
                Repeat(() => Step(_letters | PlateAlphabet.Digits, _rare));
                break;
            case '[':
                var set = ReadSet(column);
                Repeat(() => Step(set, 0));
                break;
            case '\'':
                string[] literal = [ReadLiteral(column)];
                Repeat(() => Words(literal));
                break;
            case '@':
                var words = ReadWords(column);
                Repeat(() => Words(words));
                break;
            default:
                throw Error(
                    column, $"'{_pattern[column]}' is not a token (L, D, A, [set], @word, 'literal', space or /)");
        }
    }

    // From all states reached so far, one more character.
    private void Step(ulong usual, ulong rare)
    {
        var target = AddState();
        AddArcs(_frontier, new PlateArc(target, usual | rare, rare, _breaks));
        _frontier = [target];
    }

    // All words end in one state; common beginnings are shared.
    private void Words(IReadOnlyList<string> words)
    {
        var inner = new Dictionary<string, int>();
        foreach (var word in words)
        {
            for (var length = 1; length < word.Length; length++)
            {
                var prefix = word[..length];
                if (!inner.TryAdd(prefix, _arcs.Count)) continue;
                AddWordArc(inner, prefix, AddState());
            }
        }
        var end = AddState();
        foreach (var word in words) AddWordArc(inner, word, end);
        _frontier = [end];
    }

    private void AddWordArc(Dictionary<string, int> inner, string prefix, int target)
    {
        var symbol = 1UL << PlateAlphabet.Class(prefix[^1]);
        if (prefix.Length == 1) AddArcs(_frontier, new PlateArc(target, symbol, 0, _breaks));
        else AddArcs([inner[prefix[..^1]]], new PlateArc(target, symbol, 0, false));
    }

    private int AddState()
    {
        if (_arcs.Count == MaxStates) throw Error(0, $"the pattern needs more than {MaxStates} states");
        _arcs.Add([]);
        return _arcs.Count - 1;
    }

    private void AddArcs(List<int> sources, PlateArc arc)
    {
        foreach (var source in sources) _arcs[source].Add(arc);
    }

    private void Repeat(Action once)
    {
        var (least, most) = ReadCount();
        var ends = least == 0 ? new List<int>(_frontier) : [];
        for (var i = 1; i <= most; i++)
        {
            once();
            _breaks = false;
            if (i >= least) ends.AddRange(_frontier);
        }
        _frontier = ends;
    }

    private (int Least, int Most) ReadCount()
    {
        if (_at >= _pattern.Length || _pattern[_at] != '{') return (1, 1);
        var column = _at;
        var end = _pattern.IndexOf('}', _at);
        if (end < 0) throw Error(column, "'{' without '}'");
        var parts = _pattern[(_at + 1)..end].Split(',');
        _at = end + 1;
        if (parts.Length > 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var least)
            || !int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var most))
            throw Error(column, "a count is {m} or {m,n}");
        if (most < 1 || most < least || most > PlateAlphabet.MaxLength)
            throw Error(column, $"a count must be 1 to {PlateAlphabet.MaxLength}, the lower one first");
        return (least, most);
    }

    private ulong ReadSet(int column)
    {
        var end = _pattern.IndexOf(']', _at);
        if (end < 0) throw Error(column, "'[' without ']'");
        var set = 0UL;
        while (_at < end)
        {
            var first = ReadClass(_at++);
            var last = first;
            if (_at + 1 < end && _pattern[_at] == '-')
            {
                last = ReadClass(_at + 1);
                if (last < first || (first <= 10) != (last <= 10)) throw Error(_at - 1, "a range must ascend, as A-H");
                _at += 2;
            }
            for (var symbol = first; symbol <= last; symbol++) set |= 1UL << symbol;
        }
        _at = end + 1;
        return BitOperations.PopCount(set) > 0 ? set : throw Error(column, "an empty set");
    }

    private int ReadClass(int column)
    {
        var symbol = PlateAlphabet.Class(_pattern[column]);
        return symbol >= 0 ? symbol : throw Error(column, $"'{_pattern[column]}' is neither A-Z nor 0-9");
    }

    private string ReadLiteral(int column)
    {
        var end = _pattern.IndexOf('\'', _at);
        if (end < 0) throw Error(column, "a literal without its closing '");
        if (end == _at) throw Error(column, "an empty literal");
        for (var i = _at; i < end; i++) ReadClass(i);
        var literal = _pattern[_at..end];
        _at = end + 1;
        return literal;
    }

    private IReadOnlyList<string> ReadWords(int column)
    {
        var start = _at;
        while (_at < _pattern.Length && char.IsAsciiLetter(_pattern[_at])) _at++;
        var name = _pattern[start.._at];
        if (!_words.TryGetValue(name, out var words)) throw Error(column, $"the pack has no words '{name}'");
        foreach (var word in words)
        {
            if (word.Length == 0 || word.Any(character => PlateAlphabet.Class(character) < 0))
                throw Error(column, $"the word '{word}' of '{name}' is not made of A-Z and 0-9");
        }
        return words.Count > 0 ? words : throw Error(column, $"the list of words '{name}' is empty");
    }

    private static FormatException Error(int at, string message) => new($"column {at + 1}: {message}");
}
