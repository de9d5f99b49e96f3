namespace Picket.Agent.Track;

/// <summary>
/// Decides which sightings of one tracked object are worth recognizing: the first, clearly better ones immediately, and any from time to
/// time.
/// </summary>
/// <remarks>
/// Recognition per track instead of per frame is the node's largest saving. The budget is per time, never per object lifetime: someone who
/// has waited far away for an hour is looked at when they come near.
/// </remarks>
internal struct BestShot
{
    /// <summary>
    /// Looks that may follow each other closely. Someone approaching from where a face is just detectable, a seventh of the height that
    /// fills the embedder's input, gets clearly better nine times on the way; some of these fall between two frames.
    /// </summary>
    public const int MaxAtOnce = 8;

    /// <summary>"Clearly better": a quarter above the best so far.</summary>
    private const float Better = 1.25f;

    /// <summary>A shot cut by the picture's edge, or whose damage the decoder concealed, counts this much: less than the half that
    /// <c>FaceTemplate</c> requires next to a whole one.</summary>
    private const float Spoiled = 1f / 3;

    /// <summary>One look is regained this often: a face that stays in view costs at most one look a second, about 7 ms of a core.</summary>
    private static readonly TimeSpan ComesBack = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan NotWithin = TimeSpan.FromMilliseconds(250);

    /// <summary>Half of the 4 s minimum length of a passage: whoever has taken another's place is looked at.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(2);

    private float _best;
    private double _spent;
    private TimeSpan _measured;
    private TimeSpan _last;
    private bool _soon;
    private bool _begun;

    /// <summary>Looks taken since the object appeared.</summary>
    public int Shots { get; private set; }

    /// <summary>
    /// True when it is time to measure what a look would be worth now, which costs a tenth of a look; it then counts as measured.
    /// </summary>
    /// <param name="time">Of the frame.</param>
    public bool IsDue(TimeSpan time)
    {
        if (_begun && time - _measured < NotWithin) return false;
        (_begun, _measured) = (true, time);
        return true;
    }

    /// <summary>True when this shot should be recognized; it then counts as taken.</summary>
    /// <param name="worth">What the look is worth, 0 for nothing.</param>
    /// <param name="time">Of the frame.</param>
    public bool Take(float worth, TimeSpan time)
    {
        if (!(worth > 0)) return false;
        if (Shots > 0)
        {
            var since = time - _last;
            if (since < NotWithin) return false;
            if (worth < _best * Better && since < AgainAfter && !_soon) return false;
            var spent = Math.Max(0, _spent - since / ComesBack);
            if (spent + 1 > MaxAtOnce) return false;
            _spent = spent;
        }
        _spent++;
        _best = MathF.Max(_best, worth);
        _last = time;
        _soon = false;
        Shots++;
        return true;
    }

    /// <summary>The next shot is wanted whatever its worth: what was seen needs another look to be trusted.</summary>
    public void Hurry() => _soon = true;

    /// <summary>Another object has taken this one's place: the best look so far was not at it.</summary>
    public void Forget(float best) => _best = best;

    /// <summary>How much a shot counts: fully, or less when it shows only part of the object, or what the decoder made up.</summary>
    /// <param name="box">Measured box in pixels of the picture.</param>
    /// <param name="corrupt">The decoder concealed damage in the frame.</param>
    public static float Share(in Detection box, int width, int height, bool corrupt) =>
        corrupt || IsCut(box, width, height) ? Spoiled : 1;

    /// <summary>
    /// What a shot is worth before anything is computed on it: score times size, a third when the picture's edge cuts the object.
    /// </summary>
    /// <param name="box">Measured box in pixels of the picture.</param>
    /// <param name="fullSize">Height in pixels beyond which more does not help.</param>
    public static float Worth(in Detection box, int width, int height, float fullSize) =>
        (IsCut(box, width, height) ? Spoiled : 1) * box.Score * MathF.Min(1, box.Height / fullSize);

    private static bool IsCut(in Detection box, int width, int height) =>
        box.X < 1 || box.Y < 1 || box.Right > width - 1 || box.Bottom > height - 1;
}
