using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates;

/// <summary>Prefix beam search over a lattice, free or constrained by a grammar's automaton. One per thread; allocates
/// nothing after construction.</summary>
/// <remarks>A. Graves, "Sequence transduction with recurrent neural networks" (2012), algorithm 1, in the CTC form of
/// A. Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional recurrent DNNs"
/// (2014). Its probabilities serve the search only: what it finds is scored exactly by
/// <see cref="CtcLikelihood"/>.</remarks>
internal sealed class CtcBeam
{
    /// <summary>Prefixes kept per frame (the study found 10 enough with this rescoring).</summary>
    private const int Width = 12;

    /// <summary>Characters considered per frame: the most likely ones; no prior can make up for the others.</summary>
    private const int MaxCharacters = 8;

    /// <summary>exp(-8): a character less likely than this in all frames costs more than any format gains.</summary>
    private const float LeastProbability = 3.4e-4f;

    /// <summary>A frame whose blank exceeds this adds no character.</summary>
    private const float SurelyBlank = 0.998f;

    // The root, and at most Width x MaxCharacters new prefixes a frame.
    private const int MaxNodes = 1 + CtcLattice.Frames * Width * MaxCharacters;
    private const int None = -1;

    private readonly Node[] _nodes = new Node[MaxNodes];
    private readonly int[] _touched = new int[Width * (MaxCharacters + 1)];
    private readonly int[] _active = new int[Width];
    private readonly byte[] _characters = new byte[MaxCharacters];
    private int _nodeCount;
    private int _touchedCount;
    private int _activeCount;

    /// <summary>Adds the most likely texts to <paramref name="found"/>, best first, without the empty one.</summary>
    /// <param name="lattice">Probabilities of <see cref="CtcLattice.Frames"/> frames or fewer.</param>
    /// <param name="automaton">Null for a free search; otherwise prefixes are extended only along it and only complete
    /// texts are added.</param>
    public void Search(ReadOnlySpan<float> lattice, PlateAutomaton? automaton, PlateTexts found)
    {
        _nodes[0] = new Node { Parent = None, Child = None, Sibling = None, Blank = 1, State = PlateAutomaton.Start };
        (_nodeCount, _activeCount) = (1, 1);
        _active[0] = 0;
        for (; lattice.Length > 0; lattice = lattice[PlateAlphabet.Classes..])
            Step(lattice[..PlateAlphabet.Classes], automaton);
        Span<byte> text = stackalloc byte[PlateAlphabet.MaxLength];
        for (var i = 0; i < _activeCount; i++)
        {
            ref var node = ref _nodes[_active[i]];
            if (node.Length == 0 || (automaton is not null && !automaton.Accepts(node.State))) continue;
            var at = _active[i];
            for (var k = node.Length - 1; k >= 0; k--)
            {
                text[k] = _nodes[at].Symbol;
                at = _nodes[at].Parent;
            }
            found.Add(text[..node.Length]);
        }
    }

    private void Step(ReadOnlySpan<float> row, PlateAutomaton? automaton)
    {
        var blank = row[PlateAlphabet.Blank];
        if (blank > SurelyBlank)
        {
            for (var i = 0; i < _activeCount; i++)
            {
                ref var node = ref _nodes[_active[i]];
                (node.Blank, node.Label) = ((node.Blank + node.Label) * blank, 0);
            }
            return;
        }
        var characters = LikelyCharacters(row);
        _touchedCount = 0;
        for (var i = 0; i < _activeCount; i++)
        {
            var at = _active[i];
            Touch(at);
            ref var node = ref _nodes[at];
            var total = node.Blank + node.Label;
            node.NextBlank += total * blank;
            if (node.Symbol != PlateAlphabet.Blank) node.NextLabel += node.Label * row[node.Symbol];
            if (node.Length == PlateAlphabet.MaxLength) continue;
            foreach (var symbol in characters)
            {
                var state = automaton is null ? PlateAutomaton.Start : automaton.Next(node.State, symbol);
                if (state == PlateAutomaton.Dead) continue;
                var child = Child(at, symbol, state);
                Touch(child);
                _nodes[child].NextLabel += (node.Symbol == symbol ? node.Blank : total) * row[symbol];
            }
        }
        KeepBest();
    }

    private ReadOnlySpan<byte> LikelyCharacters(ReadOnlySpan<float> row)
    {
        var count = 0;
        for (var symbol = 1; symbol < PlateAlphabet.Classes; symbol++)
        {
            if (!(row[symbol] > LeastProbability)) continue;
            if (count == MaxCharacters && row[symbol] <= row[_characters[count - 1]]) continue;
            var at = count < MaxCharacters ? count++ : count - 1;
            for (; at > 0 && row[_characters[at - 1]] < row[symbol]; at--) _characters[at] = _characters[at - 1];
            _characters[at] = (byte)symbol;
        }
        return _characters.AsSpan(0, count);
    }

    private int Child(int parent, byte symbol, int state)
    {
        for (var at = _nodes[parent].Child; at != None; at = _nodes[at].Sibling)
        {
            if (_nodes[at].Symbol == symbol) return at;
        }
        var child = _nodeCount++;
        _nodes[child] = new Node
        {
            Parent = parent,
            Child = None,
            Sibling = _nodes[parent].Child,
            Symbol = symbol,
            Length = (byte)(_nodes[parent].Length + 1),
            State = state,
        };
        _nodes[parent].Child = child;
        return child;
    }

    private void Touch(int at)
    {
        ref var node = ref _nodes[at];
        if (node.IsTouched) return;
        node.IsTouched = true;
        (node.NextBlank, node.NextLabel) = (0, 0);
        _touched[_touchedCount++] = at;
    }

    // The best prefixes of this frame become active, sorted; the others are dropped.
    private void KeepBest()
    {
        _activeCount = 0;
        for (var i = 0; i < _touchedCount; i++)
        {
            ref var node = ref _nodes[_touched[i]];
            (node.Blank, node.Label, node.IsTouched) = (node.NextBlank, node.NextLabel, false);
            var total = node.Blank + node.Label;
            if (_activeCount == Width && total <= Total(_active[Width - 1])) continue;
            var at = _activeCount < Width ? _activeCount++ : Width - 1;
            for (; at > 0 && Total(_active[at - 1]) < total; at--) _active[at] = _active[at - 1];
            _active[at] = _touched[i];
        }
    }

    private double Total(int at) => _nodes[at].Blank + _nodes[at].Label;

    private struct Node
    {
        /// <summary>Probability of the prefix ending in a blank, and in its last character, in the previous
        /// frame.</summary>
        public double Blank, Label, NextBlank, NextLabel;

        public int Parent, Child, Sibling, State;
        public byte Symbol, Length;
        public bool IsTouched;
    }
}

/// <summary>A small set of texts, as classes; each only once, numbered in order of arrival. Allocates nothing after
/// construction.</summary>
internal sealed class PlateTexts(int capacity)
{
    private readonly byte[] _classes = new byte[capacity * PlateAlphabet.MaxLength];
    private readonly int[] _lengths = new int[capacity];

    public int Count { get; private set; }

    /// <summary>Valid until the next <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> this[int index] =>
        _classes.AsSpan(index * PlateAlphabet.MaxLength, _lengths[index]);

    public void Clear() => Count = 0;

    /// <summary>Adds a text of at most <see cref="PlateAlphabet.MaxLength"/> classes.</summary>
    /// <returns>Its number, even if it was already there; -1 when the set is full.</returns>
    public int Add(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < Count; i++)
        {
            if (this[i].SequenceEqual(text)) return i;
        }
        if (Count == capacity) return -1;
        text.CopyTo(_classes.AsSpan(Count * PlateAlphabet.MaxLength));
        _lengths[Count] = text.Length;
        return Count++;
    }
}
