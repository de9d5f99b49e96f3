using Picket.Agent.Outbox;
using Picket.Agent.Track;
using Picket.Wire;

namespace Picket.Agent.Faces;

/// <summary>
/// Turns one camera's sightings into events: one passage per visit of a listed person, <c>new</c> when decided,
/// <c>update</c> when clearly better, <c>end</c> when gone.
/// </summary>
/// <remarks>One per camera, one thread. A face that matches nobody leaves no trace here.</remarks>
internal sealed class FacePassages(string camera, string list, FacePassagesOptions? options = null)
{
    private readonly FacePassagesOptions _options = options ?? new FacePassagesOptions();
    private readonly Dictionary<long, FacePassage> _byTrack = [];
    private readonly List<FacePassage> _waiting = [];

    /// <summary>Passages that are open now, including those waiting for a return.</summary>
    public int Open => _byTrack.Count + _waiting.Count;

    /// <summary>
    /// Takes in a sighting of the tracked face and says whether it is worth an event; if so, its picture is made and
    /// the event reported by <see cref="Tell"/>.
    /// </summary>
    public bool Sighted(long track, in FaceSighting sighting)
    {
        if (!sighting.IsMatch) return false;
        if ((_byTrack.GetValueOrDefault(track) ?? Returned(track, sighting.Person)) is not { } passage) return true;
        // Reported before: an update only when it is clearly better.
        var otherPerson = sighting.Person != passage.Last.Person;
        return passage.Updates < _options.MaxUpdates
            && sighting.Similarity >= passage.Last.Similarity + (otherPerson ? 0 : _options.BetterBy);
    }

    /// <summary>The event of a sighting that was found worth one.</summary>
    /// <param name="crop">Null when there is no picture; the event and its passage's end then name none.</param>
    public EventDraft Tell(long track, in FaceSighting sighting, OutboxCrop? crop)
    {
        var body = Body(sighting, crop?.Id);
        if (_byTrack.TryGetValue(track, out var passage))
        {
            passage.Updates++;
            return Told(passage, body, PassagePhase.Update, sighting.At) with { Crop = crop };
        }
        _byTrack[track] = passage = new FacePassage(Guid.CreateVersion7(sighting.At), body);
        return Draft(passage, body, PassagePhase.New, sighting.At) with { Crop = crop };
    }

    /// <summary>The tracked face is gone; its passage, if it has one, waits for a return.</summary>
    /// <param name="time">Of the stream: steady, whatever happens to the wall clock.</param>
    /// <param name="at">UTC, for the event.</param>
    public void Left(long track, TimeSpan time, DateTimeOffset at)
    {
        if (!_byTrack.Remove(track, out var passage)) return;
        passage.LeftTime = time;
        passage.LeftAt = at;
        _waiting.Add(passage);
    }

    /// <summary>Ends a passage that has waited long enough: call until null.</summary>
    public EventDraft? NextEnded(TimeSpan time)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            var passage = _waiting[i];
            if (time - passage.LeftTime < _options.RejoinWithin) continue;
            _waiting.RemoveAt(i);
            return Told(passage, passage.Last with { Reason = "left" }, PassagePhase.End, passage.LeftAt);
        }
        return null;
    }

    /// <summary>Ends any one open passage at once (the stream was cut or the node is stopping): call until
    /// null.</summary>
    public EventDraft? NextCut(string reason, DateTimeOffset now)
    {
        foreach (var track in _byTrack.Keys)
        {
            Left(track, TimeSpan.Zero, now);
            break;
        }
        if (_waiting.Count == 0) return null;
        var passage = _waiting[^1];
        _waiting.RemoveAt(_waiting.Count - 1);
        return Told(passage, passage.Last with { Reason = reason }, PassagePhase.End, passage.LeftAt);
    }

    /// <summary>The passage of someone who came back in time, now followed by <paramref name="track"/>; null if there
    /// is none.</summary>
    private FacePassage? Returned(long track, string person)
    {
        var index = _waiting.FindIndex(waiting => waiting.Last.Person == person);
        if (index < 0) return null;
        var passage = _byTrack[track] = _waiting[index];
        _waiting.RemoveAt(index);
        return passage;
    }

    private EventDraft Told(FacePassage passage, FaceMatchBody body, PassagePhase phase, DateTimeOffset at)
    {
        passage.Rev++;
        passage.Last = body;
        return Draft(passage, body, phase, at);
    }

    private EventDraft Draft(FacePassage passage, FaceMatchBody body, PassagePhase phase, DateTimeOffset at) => new()
    {
        Kind = EventKind.FaceMatch,
        Camera = camera,
        At = at,
        Body = new EventBody { Face = body },
        Passage = passage.Id,
        Phase = phase,
        Rev = passage.Rev,
    };

    private FaceMatchBody Body(in FaceSighting s, Guid? crop) => new(
        s.Person, list, s.Similarity, s.Threshold, s.Frame, s.At, [s.Box.X, s.Box.Y, s.Box.Width, s.Box.Height],
        s.Quality, s.Shots, crop);

    private sealed class FacePassage(Guid id, FaceMatchBody first)
    {
        public Guid Id { get; } = id;
        public FaceMatchBody Last { get; set; } = first;
        public int Rev { get; set; }
        public int Updates { get; set; }
        public TimeSpan LeftTime { get; set; }
        public DateTimeOffset LeftAt { get; set; }
    }
}

/// <summary>When a passage is reported again, and when it is over.</summary>
internal sealed record FacePassagesOptions
{
    /// <summary>
    /// A cosine that has risen by this much is worth an update: about one decade of false match rate (0.333 to
    /// 0.408 is a decade).
    /// </summary>
    public float BetterBy { get; init; } = 0.07f;

    /// <summary>At most this many updates per passage: each costs about 1 kB and a crop of 10 kB on a thin
    /// line.</summary>
    public int MaxUpdates { get; init; } = 4;

    /// <summary>
    /// The same person coming back within this time continues the passage: a turned head is not a new visit.
    /// </summary>
    public TimeSpan RejoinWithin { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What recognition found for one tracked face in one frame.</summary>
/// <param name="Person">The most similar person of the list.</param>
/// <param name="Similarity">Cosine of the fused embedding with that person's nearest.</param>
/// <param name="Threshold">The cosine from which it counts as that person.</param>
/// <param name="Frame">The deciding frame's number.</param>
/// <param name="At">UTC of that frame.</param>
/// <param name="Box">The face in pixels of the source picture.</param>
/// <param name="Quality">0..1, of this shot.</param>
/// <param name="Shots">Shots fused so far.</param>
internal readonly record struct FaceSighting(
    string Person, float Similarity, float Threshold, long Frame, DateTimeOffset At, Detection Box, float Quality,
    int Shots)
{
    public bool IsMatch => Similarity >= Threshold;
}
