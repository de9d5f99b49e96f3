using Picket.Agent.Plates.Grammar;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>One plate's text fused over a track: keeps what the reader saw in the best shots and the latest ones, and
/// scores every text by its likelihood in those that agree. Allocates only for its first shots.</summary>
/// <remarks>
/// Memory: six shots of three crops of 14 kB are 256 kB per track; a camera with 20 plates in view holds 5 MB. What was
/// seen badly, early, or of the previous vehicle must not outvote what is seen well now: shots that agree with each
/// other are read without those that do not, and two consecutive looks at another text end what was there before.
/// </remarks>
internal sealed class PlateVote
{
    /// <summary>Further shots of the same plate from nearly the same place add hardly anything.</summary>
    public const int MaxShots = 6;

    /// <summary>Looks a track may take at once: enough for one that crosses the picture in a second and a
    /// half.</summary>
    public const int LooksAtOnce = 12;

    /// <summary>The highest confidence of a text that fewer than two shots agree on.</summary>
    public const float MostFromOneShot = 0.89f;

    /// <summary>One look a second beyond <see cref="LooksAtOnce"/>: 6 ms of the reader, so that 20 unreadable parked
    /// cars cost an eighth of a core.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>A vehicle that takes another's place is looked at after this time at the latest.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Agreed on and this confident, a text needs only the looks that notice a change: 96 of 100 such readings
    /// are right (models/plates/RESULTS.md).</summary>
    private const float Sure = 0.9f;

    /// <summary>"Clearly better": a quarter above the best so far.</summary>
    private const float Better = 1.25f;

    /// <summary>Until the text is sure, a shot that is only slightly worse is welcome too.</summary>
    private const float GoodEnough = 0.8f;

    /// <summary>If two agreed texts differ in confidence by at most this and one is part of the other, the whole one is
    /// taken.</summary>
    private const float Nearly = 0.1f;

    /// <summary>This many consecutive looks at one text are believed over a nearly equal earlier one.</summary>
    private const int InARow = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Two shots closer together than this show the same noise.</summary>
    private static readonly TimeSpan NotWithin = TimeSpan.FromMilliseconds(80);

    private readonly List<Shot> _shots = new(MaxShots);
    private readonly Stack<Shot> _free = new(MaxShots);
    private Allowance _looks = new(LooksAtOnce, LookEvery);
    private TimeSpan _last;
    private TimeSpan _pause = FirstPause;
    private string _lastText = "";
    private int _inARow;
    private bool _lostSight;

    /// <summary>Shots kept.</summary>
    public int Shots => _shots.Count;

    /// <summary>Looks taken, including shots that were dropped again.</summary>
    public int Looks { get; private set; }

    /// <summary>How many kept shots, each read by itself, give the text of <see cref="Read"/>.</summary>
    public int Agreeing { get; private set; }

    /// <summary>What <see cref="Decode"/> read last.</summary>
    public PlateRead Read { get; private set; } = PlateRead.Nothing;

    /// <summary>Whether a look of this quality is wanted: the first ones, those that help to agree, clearly better
    /// ones, and now and then one to check that it is still the same plate.</summary>
    /// <param name="quality">From <see cref="PlateReader.Rate"/>.</param>
    /// <param name="time">Of the frame.</param>
    public bool Wants(float quality, TimeSpan time)
    {
        if (!(quality > 0)) return false;
        _looks.Refill(time);
        if (_looks.Left == 0) return false;
        // A clock that was set back starts the count over.
        if (time < _last) _last = time - LongestPause;
        var since = time - _last;
        if (Looks == 0) return true;
        if (since < NotWithin) return false;
        if (_lostSight || since >= _pause || _lastText != Read.Text) return true;
        return quality >= Best() * (IsSure ? Better : GoodEnough);
    }

    /// <summary>The plate was out of sight: what is seen next may be another one, and is looked at soon.</summary>
    public void LostSight() => _lostSight = true;

    /// <summary>Takes in what the reader saw; the worst shot makes room, but never the last one: two consecutive looks
    /// are always kept.</summary>
    /// <param name="outputs">For all crops of the plate: <see cref="PlateReader.Output"/>; copied.</param>
    /// <param name="read">What the shot reads by itself.</param>
    /// <param name="width">Width of the plate in pixels.</param>
    /// <param name="damaged">The decoder concealed damage in the frame: the shot counts only while there is nothing
    /// better.</param>
    /// <returns>True when the last looks show a different plate than those before, which are forgotten.</returns>
    public bool Add(
        ReadOnlySpan<float> outputs, PlateRead read, float quality, float width, TimeSpan time, bool damaged = false)
    {
        Looks++;
        _looks.Take();
        var tells = read.Text.Length > 0 && !damaged;
        _inARow = !tells ? 0 : read.Text == _lastText ? _inARow + 1 : 1;
        (_last, _lastText, _lostSight) = (time, read.Text, false);
        if (_shots.Count == MaxShots) Remove(Worst());
        var shot = _free.TryPop(out var used) ? used : new Shot();
        if (shot.Outputs.Length != outputs.Length) shot.Outputs = new float[outputs.Length];
        outputs.CopyTo(shot.Outputs);
        (shot.Text, shot.Quality, shot.Width, shot.Damaged) = (read.Text, quality, width, damaged);
        _shots.Add(shot);
        if (!IsAnother(read.Text)) return false;
        for (var i = _shots.Count - 1; i >= 0; i--)
            if (_shots[i].Text != read.Text) Remove(i);
        return true;
    }

    /// <summary>Reads the plate from the shots that agree. A shot is weighted by its quality relative to the best
    /// one's, and n shots count as the square root of n: they are not independent looks. The text gets a high
    /// confidence only when at least two shots agree on it.</summary>
    public PlateRead Decode(PlateDecoder decoder, PlateGrammar grammar)
    {
        if (_shots.Count == 0) return PlateRead.Nothing;
        var read = Agreed(decoder, grammar, damaged: false) ?? Agreed(decoder, grammar, damaged: true)
            ?? Fused(decoder, grammar, null);
        Agreeing = CountOf(read.Text, damaged: true);
        Read = Agreeing >= 2 ? read : read.AtMost(MostFromOneShot);
        // Nothing new for a while: looks that only watch for a change become rarer.
        _pause = !IsSure || _lastText != Read.Text ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        return Read;
    }

    private bool IsSure => Agreeing >= 2 && Read.Confidence >= Sure;

    /// <summary>Two consecutive looks at a text that the earlier ones can't have meant, or three at one they might have
    /// meant.</summary>
    private bool IsAnother(string text)
    {
        if (_inARow < 2 || Read.Text.Length == 0 || Read.Text == text) return false;
        if (PlateLikeness.IsPart(text, Read.Text)) return false; // something covers part of it
        return _inARow >= InARow || !PlateLikeness.MayBeOne(text, Read.Text);
    }

    /// <summary>The most confident of the texts that two or more shots agree on; null if there is none.</summary>
    private PlateRead? Agreed(PlateDecoder decoder, PlateGrammar grammar, bool damaged)
    {
        PlateRead? best = null;
        for (var i = 0; i < _shots.Count; i++)
        {
            var text = _shots[i].Text;
            if (IsBefore(i, text) || CountOf(text, damaged) < 2) continue;
            var read = Fused(decoder, grammar, text);
            if (best is null || IsBetter(read, best)) best = read;
        }
        return best;
    }

    private static bool IsBetter(PlateRead read, PlateRead best)
    {
        if (PlateLikeness.IsPart(best.Text, read.Text)) return read.Confidence >= best.Confidence - Nearly;
        if (PlateLikeness.IsPart(read.Text, best.Text)) return read.Confidence > best.Confidence + Nearly;
        return read.Confidence > best.Confidence;
    }

    /// <summary>Reads all shots that may show that text; all shots if null.</summary>
    private PlateRead Fused(PlateDecoder decoder, PlateGrammar grammar, string? text)
    {
        float best = 0, width = 0;
        var count = 0;
        foreach (var shot in _shots)
        {
            if (!Counts(shot, text)) continue;
            best = MathF.Max(best, shot.Quality);
            width = MathF.Max(width, shot.Width);
            count++;
        }
        decoder.Begin();
        foreach (var shot in _shots)
            if (Counts(shot, text)) decoder.Add(shot.Outputs, shot.Quality / best / MathF.Sqrt(count));
        return decoder.Read(grammar, width);
    }

    private static bool Counts(Shot shot, string? text) => text is null || PlateLikeness.IsAlike(shot.Text, text);

    private float Best()
    {
        var best = 0f;
        foreach (var shot in _shots) best = MathF.Max(best, shot.Quality);
        return best;
    }

    /// <summary>Of all but the last shot: a damaged one, then one that disagrees with the agreed text, then the
    /// poorest.</summary>
    private int Worst()
    {
        var worst = 0;
        for (var i = 1; i < _shots.Count - 1; i++)
            if (Worth(_shots[i]).CompareTo(Worth(_shots[worst])) < 0) worst = i;
        return worst;
    }

    private (bool Whole, bool Agrees, float Quality) Worth(Shot shot) =>
        (!shot.Damaged, Agreeing >= 2 && shot.Text == Read.Text, shot.Quality);

    private void Remove(int index)
    {
        _free.Push(_shots[index]);
        _shots.RemoveAt(index);
    }

    private bool IsBefore(int index, string text)
    {
        for (var i = 0; i < index; i++)
            if (_shots[i].Text == text) return true;
        return false;
    }

    /// <summary>How many shots read that text; an empty text never counts.</summary>
    private int CountOf(string text, bool damaged)
    {
        var count = 0;
        foreach (var shot in _shots)
            if (text.Length > 0 && shot.Text == text && (damaged || !shot.Damaged)) count++;
        return count;
    }

    private sealed class Shot
    {
        public float[] Outputs { get; set; } = [];
        public string Text { get; set; } = "";
        public float Quality { get; set; }
        public float Width { get; set; }
        public bool Damaged { get; set; }
    }
}
