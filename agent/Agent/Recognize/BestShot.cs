using Picket.Agent.Detect;

namespace Picket.Agent.Recognize;

/// <summary>
/// Decides which sightings of one tracked object are worth recognizing: the first, then clearly better ones, a few in
/// all.
/// </summary>
/// <remarks>
/// Recognition per track instead of per frame is the largest saving of the node: eight looks at a face that is in view
/// for minutes.
/// </remarks>
internal struct BestShot
{
    /// <summary>
    /// The fused embedding hardly gains beyond eight shots, and eight bound what a face that stays in view can cost.
    /// </summary>
    public const int MaxShots = 8;

    /// <summary>"Clearly better": a quarter above the best so far.</summary>
    private const float Better = 1.25f;
    private static readonly TimeSpan NotWithin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(2);
    private float _best;
    private TimeSpan _last;

    public int Shots { get; private set; }

    /// <summary>True when this shot should be recognized; it then counts as taken.</summary>
    /// <param name="worth">From <see cref="Worth"/>.</param>
    /// <param name="time">Of the frame.</param>
    /// <param name="matched">The object is known by now: only clearly better shots are wanted; an unknown one is looked
    /// at again after a while.</param>
    public bool Take(float worth, TimeSpan time, bool matched)
    {
        if (Shots >= MaxShots || worth <= 0) return false;
        if (Shots > 0)
        {
            var since = time - _last;
            if (since < NotWithin) return false;
            var again = !matched && since >= AgainAfter && worth >= _best * 0.8f;
            if (worth < _best * Better && !again) return false;
        }
        _best = MathF.Max(_best, worth);
        _last = time;
        Shots++;
        return true;
    }

    /// <summary>
    /// What a shot is worth before anything was computed on it: score times size, a third when the picture's edge cuts
    /// the object.
    /// </summary>
    /// <param name="box">Measured box in pixels of the picture.</param>
    /// <param name="fullSize">Height in pixels from which more does not help (a face of 112 pixels fills the embedder's
    /// input).</param>
    public static float Worth(in Detection box, int width, int height, float fullSize)
    {
        var cut = box.X < 1 || box.Y < 1 || box.Right > width - 1 || box.Bottom > height - 1;
        return (cut ? 1f / 3 : 1) * box.Score * MathF.Min(1, box.Height / fullSize);
    }
}
