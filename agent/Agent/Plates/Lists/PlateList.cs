using System.Text;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>
/// Plates looked for, up to <see cref="PlateListFile.MaxEntries"/>, searched with the reader's doubts in mind and
/// within a stated budget of false hits. Immutable; for all threads.
/// </summary>
/// <remarks>
/// <para>A reading's score with an entry is the probability that the vehicle bears the entry's plate: the probability
/// the reader gives it as one of its readings or, if it is none of them, the confidence of the text times, for each
/// character that differs, the probability that the one was read for the other (<see cref="PlateConfusions"/>).
/// Characters are never added or left out, unless the reader itself considered it.</para>
/// <para>The least score t follows from budget and size. With Q the probability that any vehicle's plate fits the list
/// by chance (<see cref="PlateTraffic"/>), false hits are Q G(t) per passage, where G(t) is the expected sum of 1 - s
/// over the plates that a reading gives a score s of at least t. A reading of confidence c gives c to one plate, which
/// adds 1 - c if c is at least t, and shares 1 - c among all others, of which at most (1 - c) / t get t; so G(t) is
/// known from the confidences of readings (<see cref="PlateConfusions.Confidences"/>). It is doubled, for sites whose
/// readings are worse. If a list has both plates and patterns, each gets half the budget: one broad pattern must not
/// make plates hard to find.</para>
/// </remarks>
internal sealed class PlateList
{
    /// <summary>Patterns are tried one by one: 1,000 for each of six readings take well below a millisecond.</summary>
    public const int MaxPatterns = 1_000;

    /// <summary>How many times worse than in the evaluation a site's readings may be.</summary>
    private const double Margin = 2;

    /// <summary>Thresholds are multiples of 0.005.</summary>
    private const int Steps = 200;

    /// <summary>0.02, however small the list: a hit below this is no use to anybody.</summary>
    private const int LeastSteps = 4;

    /// <summary>More confused characters than this are not considered.</summary>
    private const int MaxConfused = 3;

    /// <summary>This many entries, spread over the list, show how frequent its plates are.</summary>
    private const int Sampled = 2_000;

    private readonly PlateConfusions _confusions;
    private readonly ulong[] _skeletons;
    private readonly ulong[] _plates;
    private readonly int[] _lastDays;
    private readonly byte[] _priorities;
    private readonly int[] _noteStarts;
    private readonly byte[] _notes;
    private readonly PlateListEntry[] _patterns;

    /// <param name="entries">Lent.</param>
    /// <param name="falseHits">The budget: false hits per passage of a vehicle that is not on the list.</param>
    /// <exception cref="PicketException">More than <see cref="MaxPatterns"/> patterns.</exception>
    public PlateList(
        string name, string version, double falseHits, IReadOnlyList<PlateListEntry> entries, PlateTraffic traffic,
        PlateConfusions confusions)
    {
        (Name, Version, FalseHits, _confusions) = (name, version, falseHits, confusions);
        var plain = entries.Where(e => e.Packed != 0).ToArray();
        _patterns = [.. entries.Where(e => e.Packed == 0)];
        if (_patterns.Length > MaxPatterns)
            throw new PicketException(
                $"plate list {name}: {_patterns.Length} plates with '?' or '*', at most {MaxPatterns} are allowed");
        var order = new ulong[plain.Length];
        Span<byte> classes = stackalloc byte[PlateText.MaxLength];
        for (var i = 0; i < plain.Length; i++) order[i] = confusions.Skeleton(Classes(plain[i].Packed, classes));
        Array.Sort(order, plain);
        _skeletons = order;
        _plates = [.. plain.Select(e => e.Packed)];
        _lastDays = [.. plain.Select(e => e.LastDay)];
        _priorities = [.. plain.Select(e => e.Priority)];
        _noteStarts = new int[plain.Length + 1];
        _notes = PackNotes(plain, _noteStarts);
        var budget = plain.Length > 0 && _patterns.Length > 0 ? falseHits / 2 : falseHits;
        PlateThreshold = Threshold(ByChance(plain, traffic), budget, confusions.Confidences);
        PatternThreshold = Threshold(ByChance(_patterns, traffic), budget, confusions.Confidences);
    }

    public string Name { get; }
    public string Version { get; }
    public double FalseHits { get; }
    public int Count => _plates.Length + _patterns.Length;

    /// <summary>The minimum score of an entry without <c>?</c> and <c>*</c>.</summary>
    public double PlateThreshold { get; }

    /// <summary>The minimum score of an entry with them.</summary>
    public double PatternThreshold { get; }

    /// <summary>The entry that the reading matches best, or null.</summary>
    /// <param name="at">Entries no longer valid on this day (UTC) are not found.</param>
    public PlateMatch? Match(PlateRead read, DateTimeOffset at)
    {
        Span<byte> text = stackalloc byte[PlateAlphabet.MaxLength];
        if (read.Text.Length == 0 || !PlateAlphabet.TryEncode(read.Text, text)) return null;
        text = text[..read.Text.Length];
        var day = DateOnly.FromDateTime(at.UtcDateTime).DayNumber;
        var best = new Found(-1, 0, PlateMatchKind.Exact);
        MatchPlates(read, text, day, ref best);
        var pattern = new Found(-1, 0, PlateMatchKind.Wildcard);
        MatchPatterns(read, text, day, ref pattern);
        if (best.Index >= 0) return Told(best);
        return pattern.Index >= 0 ? ToldPattern(pattern) : null;
    }

    private void MatchPlates(PlateRead read, ReadOnlySpan<byte> text, int day, ref Found best)
    {
        foreach (var index in Bucket(_confusions.Skeleton(text)))
        {
            if (_lastDays[index] < day) continue;
            var (score, kind) = Score(read, text, _plates[index]);
            if (score >= PlateThreshold && score > best.Score) best = new Found(index, score, kind);
        }
        Span<byte> other = stackalloc byte[PlateAlphabet.MaxLength];
        for (var i = 0; i < read.Candidates.Count; i++)
        {
            var candidate = read.Candidates[i];
            if (candidate.Confidence < PlateThreshold || candidate.Confidence <= best.Score) continue;
            if (candidate.Text == read.Text || !PlateAlphabet.TryEncode(candidate.Text, other)) continue;
            var packed = PlateText.Pack(candidate.Text);
            foreach (var index in Bucket(_confusions.Skeleton(other[..candidate.Text.Length])))
            {
                if (_plates[index] == packed && _lastDays[index] >= day)
                    best = new Found(index, candidate.Confidence, PlateMatchKind.Confusion);
            }
        }
    }

    private void MatchPatterns(PlateRead read, ReadOnlySpan<byte> text, int day, ref Found best)
    {
        Span<byte> other = stackalloc byte[PlateAlphabet.MaxLength];
        for (var i = 0; i < _patterns.Length; i++)
        {
            ref readonly var pattern = ref _patterns[i];
            if (pattern.LastDay < day) continue;
            // Readings are mutually exclusive: their probabilities add up.
            var fits = pattern.Plate.Matches(text);
            var score = fits ? (double)read.Confidence : Confused(read, text, pattern.Plate);
            var others = 0.0;
            for (var k = 0; k < read.Candidates.Count; k++)
            {
                var candidate = read.Candidates[k];
                if (candidate.Text == read.Text || !PlateAlphabet.TryEncode(candidate.Text, other)) continue;
                if (pattern.Plate.Matches(other[..candidate.Text.Length])) others += candidate.Confidence;
            }
            score = fits ? score + others : Math.Max(score, others);
            if (score >= PatternThreshold && score > best.Score)
                best = new Found(i, score, fits ? PlateMatchKind.Wildcard : PlateMatchKind.Confusion);
        }
    }

    private (double Score, PlateMatchKind Kind) Score(PlateRead read, ReadOnlySpan<byte> text, ulong plate)
    {
        Span<byte> classes = stackalloc byte[PlateText.MaxLength];
        var entry = Classes(plate, classes);
        if (entry.SequenceEqual(text)) return (read.Confidence, PlateMatchKind.Exact);
        var odds = 1.0;
        var confused = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (entry[i] == text[i]) continue;
            if (++confused > MaxConfused) return default;
            odds *= Odds(read, text, i, entry[i]);
        }
        return (Doubted(read, odds), PlateMatchKind.Confusion);
    }

    /// <summary>The best score of a pattern that the text does not fit as read.</summary>
    private double Confused(PlateRead read, ReadOnlySpan<byte> text, in PlateWildcard pattern)
    {
        var best = 0.0;
        var (first, last) = pattern.Places(text.Length);
        for (var place = first; place <= last; place++)
        {
            var (odds, confused) = (1.0, 0);
            for (var i = 0; i < pattern.Length && odds > 0; i++)
            {
                if (pattern[i] == PlateWildcard.Any || pattern[i] == text[place + i]) continue;
                odds = ++confused > MaxConfused ? 0 : odds * Odds(read, text, place + i, pattern[i]);
            }
            best = Math.Max(best, odds);
        }
        return Doubted(read, best);
    }

    /// <summary>How many times likelier the other character is.</summary>
    private double Odds(PlateRead read, ReadOnlySpan<byte> text, int place, int truth)
    {
        var confidence = place < read.Characters.Count ? read.Characters[place] : 0.5;
        return _confusions.Probability(text[place], truth, confidence) / Math.Max(0.5, confidence);
    }

    /// <summary>No plate is likelier than the text being wrong.</summary>
    private static double Doubted(PlateRead read, double odds) =>
        Math.Min(read.Confidence * odds, 1 - read.Confidence);

    private PlateMatch Told(in Found found)
    {
        Span<char> plate = stackalloc char[PlateText.MaxLength];
        var length = PlateText.Unpack(_plates[found.Index], plate);
        var note = Encoding.UTF8.GetString(_notes.AsSpan(_noteStarts[found.Index].._noteStarts[found.Index + 1]));
        return new PlateMatch(
            Name, Version, note, new string(plate[..length]), found.Kind, (float)found.Score, (float)PlateThreshold,
            FalseHits, _priorities[found.Index]);
    }

    private PlateMatch ToldPattern(in Found found)
    {
        ref readonly var entry = ref _patterns[found.Index];
        return new PlateMatch(
            Name, Version, entry.Note, entry.Plate.ToString(), found.Kind, (float)found.Score, (float)PatternThreshold,
            FalseHits, entry.Priority);
    }

    /// <summary>The indices of the plates with a skeleton.</summary>
    private PlateBucket Bucket(ulong skeleton)
    {
        var at = Array.BinarySearch(_skeletons, skeleton);
        if (at < 0 || skeleton == 0) return default;
        var (first, end) = (at, at + 1);
        while (first > 0 && _skeletons[first - 1] == skeleton) first--;
        while (end < _skeletons.Length && _skeletons[end] == skeleton) end++;
        return new PlateBucket(first, end);
    }

    private static ReadOnlySpan<byte> Classes(ulong plate, Span<byte> classes)
    {
        var length = 0;
        for (var rest = plate; rest > 0; rest /= PlateAlphabet.Classes) length++;
        for (var i = length - 1; i >= 0; i--, plate /= PlateAlphabet.Classes)
            classes[i] = (byte)(plate % PlateAlphabet.Classes);
        return classes[..length];
    }

    /// <summary>The probability that a vehicle's plate fits one of the entries by chance.</summary>
    private static double ByChance(PlateListEntry[] entries, PlateTraffic traffic)
    {
        if (entries.Length == 0) return 0;
        var step = Math.Max(1, entries.Length / Sampled);
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < entries.Length; i += step, count++) sum += traffic.Probability(entries[i].Plate);
        return Math.Min(1, sum / count * entries.Length);
    }

    /// <summary>The lowest t that keeps false hits within the budget: see the remarks above.</summary>
    /// <param name="byChance">Q.</param>
    internal static double Threshold(double byChance, double budget, IReadOnlyList<double> confidences)
    {
        for (var step = LeastSteps; step < Steps; step++)
        {
            var t = (double)step / Steps;
            var sum = 0.0;
            foreach (var c in confidences)
            {
                if (c >= t) sum += 1 - c;
                if (1 - c >= t) sum += (1 - c) / t;
            }
            if (Margin * byChance * sum / confidences.Count <= budget) return t;
        }
        return 1;
    }

    private static byte[] PackNotes(PlateListEntry[] entries, int[] starts)
    {
        for (var i = 0; i < entries.Length; i++) starts[i + 1] = starts[i] + Encoding.UTF8.GetByteCount(entries[i].Note);
        var notes = new byte[starts[^1]];
        for (var i = 0; i < entries.Length; i++) Encoding.UTF8.GetBytes(entries[i].Note, notes.AsSpan(starts[i]));
        return notes;
    }

    private readonly record struct Found(int Index, double Score, PlateMatchKind Kind);

    private readonly record struct PlateBucket(int First, int End)
    {
        public Places GetEnumerator() => new(First, End);
    }

    private struct Places(int first, int end)
    {
        private int _next = first - 1;
        public readonly int Current => _next;
        public bool MoveNext() => ++_next < end;
    }
}

/// <summary>One usable line of a plate list.</summary>
/// <param name="LastDay">Number of the last day it is valid (<see cref="DateOnly.DayNumber"/>).</param>
internal readonly record struct PlateListEntry(PlateWildcard Plate, ulong Packed, string Note, int LastDay, byte Priority);

/// <summary>A list entry that a reading matches.</summary>
/// <param name="List">The list's name.</param>
/// <param name="Version">Which version of the list.</param>
/// <param name="Entry">The entry's id or note.</param>
/// <param name="Plate">The entry's plate as written on the list, with <c>?</c> and <c>*</c>.</param>
/// <param name="Kind">How it matched.</param>
/// <param name="Score">0..1: how likely the vehicle bears the entry's plate.</param>
/// <param name="Threshold">The score from which the list accepts such an entry.</param>
/// <param name="FalseHits">The list's budget: false hits per passage of a vehicle that is not on it.</param>
/// <param name="Priority">The entry's, 0 without one.</param>
internal sealed record PlateMatch(
    string List, string Version, string Entry, string Plate, PlateMatchKind Kind, float Score, float Threshold,
    double FalseHits, int Priority)
{
    /// <summary>Never the plate: a match may end up in a log (a log holds no full plate).</summary>
    public override string ToString() => $"entry {Entry} of list {List}, {Kind}, score {Score:0.00}";
}

/// <summary>How a reading matches an entry.</summary>
internal enum PlateMatchKind
{
    /// <summary>The text, or one of the reader's other readings, is the entry.</summary>
    Exact,

    /// <summary>The entry has <c>?</c> or <c>*</c>.</summary>
    Wildcard,

    /// <summary>The text is the entry except for characters that readers confuse.</summary>
    Confusion,
}
