namespace Picket.Agent.Recognize;

/// <summary>One plate's text fused over a track: keeps what the reader saw in the best shots and scores every text by
/// its likelihood in all of them. Allocates at its first shots only; <see cref="Clear"/> frees it for another
/// track.</summary>
/// <remarks>Memory: six shots of three crops of 14 kB are 256 kB a track; a camera with 20 plates in view holds 5
/// MB.</remarks>
internal sealed class PlateVote
{
    /// <summary>Further shots of the same plate from nearly the same place tell hardly more.</summary>
    public const int MaxShots = 6;

    /// <summary>Looks at one plate in all: bounds what a parked car can cost.</summary>
    public const int MaxLooks = 16;

    /// <summary>The most that a text can be trusted which fewer than two shots agree in.</summary>
    public const float MostFromOneShot = 0.89f;

    /// <summary>"Clearly better": a quarter above the best so far.</summary>
    private const float Better = 1.25f;

    /// <summary>Until two shots agree, one that is hardly worse is welcome as well.</summary>
    private const float GoodEnough = 0.8f;

    /// <summary>Two shots closer together show the same noise.</summary>
    private static readonly TimeSpan NotWithin = TimeSpan.FromMilliseconds(80);

    private readonly List<Shot> _shots = new(MaxShots);
    private readonly Stack<Shot> _free = new(MaxShots);
    private float _best;
    private TimeSpan _last;

    /// <summary>Shots kept.</summary>
    public int Shots => _shots.Count;

    /// <summary>Looks taken, the shots thrown away again among them.</summary>
    public int Looks { get; private set; }

    /// <summary>The most kept shots that read, each by itself, the same text.</summary>
    public int Agreeing { get; private set; }

    /// <summary>Whether a look of that quality is wanted: the first, those that help to agree, then only clearly better
    /// ones.</summary>
    /// <param name="quality">From <see cref="PlateReader.Rate"/>.</param>
    /// <param name="time">Of the frame.</param>
    public bool Wants(float quality, TimeSpan time)
    {
        if (Looks >= MaxLooks || !(quality > 0)) return false;
        if (Looks == 0) return true;
        if (time - _last < NotWithin) return false;
        return quality >= _best * Better || (Agreeing < 2 && quality >= _best * GoodEnough);
    }

    /// <summary>Takes in what the reader saw; the worst shot makes place for a better one.</summary>
    /// <param name="outputs">Of all crops of the plate: <see cref="PlateReader.Output"/>; copied.</param>
    /// <param name="read">What the shot reads by itself.</param>
    /// <param name="width">Width of the plate in pixels.</param>
    public void Add(ReadOnlySpan<float> outputs, PlateRead read, float quality, float width, TimeSpan time)
    {
        Looks++;
        _best = MathF.Max(_best, quality);
        _last = time;
        if (_shots.Count == MaxShots)
        {
            var worst = 0;
            for (var i = 1; i < _shots.Count; i++)
            {
                if (_shots[i].Quality < _shots[worst].Quality) worst = i;
            }
            if (_shots[worst].Quality >= quality) return;
            _free.Push(_shots[worst]);
            _shots.RemoveAt(worst);
        }
        var shot = _free.TryPop(out var used) ? used : new Shot();
        if (shot.Outputs.Length != outputs.Length) shot.Outputs = new float[outputs.Length];
        outputs.CopyTo(shot.Outputs);
        (shot.Text, shot.Quality, shot.Width) = (read.Text, quality, width);
        _shots.Add(shot);
        Agreeing = 0;
        foreach (var kept in _shots) Agreeing = Math.Max(Agreeing, CountOf(kept.Text));
    }

    /// <summary>Reads the plate from all shots together. A shot counts by its quality over the best one's, and n shots for
    /// the square root of n: they are not independent looks. The text is trusted highly only when at least two shots
    /// agree in it.</summary>
    public PlateRead Decode(PlateDecoder decoder, PlateGrammar grammar)
    {
        if (_shots.Count == 0) return PlateRead.Nothing;
        float best = 0, width = 0;
        foreach (var shot in _shots)
        {
            best = MathF.Max(best, shot.Quality);
            width = MathF.Max(width, shot.Width);
        }
        decoder.Begin();
        foreach (var shot in _shots) decoder.Add(shot.Outputs, shot.Quality / best / MathF.Sqrt(_shots.Count));
        var read = decoder.Read(grammar, width);
        return CountOf(read.Text) >= 2 ? read : Doubted(read);
    }

    /// <summary>Forgets the track, so that the object can serve another one.</summary>
    public void Clear()
    {
        foreach (var shot in _shots) _free.Push(shot);
        _shots.Clear();
        (Looks, Agreeing, _best, _last) = (0, 0, 0, default);
    }

    // Shots that read that text; an empty one is no agreement.
    private int CountOf(string text)
    {
        var count = 0;
        foreach (var shot in _shots)
        {
            if (text.Length > 0 && shot.Text == text) count++;
        }
        return count;
    }

    private static PlateRead Doubted(PlateRead read)
    {
        if (read.Confidence <= MostFromOneShot) return read;
        var candidates = new List<PlateHypothesis>(read.Candidates);
        candidates[0] = candidates[0] with { Confidence = MostFromOneShot };
        return read with { Confidence = MostFromOneShot, Candidates = candidates };
    }

    private sealed class Shot
    {
        public float[] Outputs { get; set; } = [];
        public string Text { get; set; } = "";
        public float Quality { get; set; }
        public float Width { get; set; }
    }
}
