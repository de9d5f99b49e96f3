using Picket.Agent.Outbox;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Track;
using Picket.Wire;

namespace Picket.Agent.Plates;

/// <summary>
/// Turns one camera's readings into events: one <c>plate.read</c> passage per visit of a vehicle, <c>new</c> when
/// decided, <c>update</c> when clearly better, <c>end</c> when gone; and beside it a <c>plate.hit</c> passage when the
/// plate is on a list.
/// </summary>
/// <remarks>
/// One per camera, one thread. A hit has a passage of its own, which names the read's: the center shows one row per
/// passage, alert and read travel with different priorities, and on a full disk the read may be dropped while the alert
/// is kept. A hit is reported only for a decided plate, at the same moment.
/// </remarks>
/// <param name="models">Name and version of detector and reader.</param>
internal sealed class PlatePassages(string camera, string[] models, PlatePassagesOptions? options = null)
{
    private const int FormatLength = 32;

    /// <summary>At 50 km/h a vehicle with a plate 0.52 m wide covers 1.5 m, three widths, in a tenth of a second; it is
    /// seen from the front, where that is far less in the picture. The next vehicle is farther away.</summary>
    private const float NearWidths = 3;

    /// <summary>Other readings below 1 % are not worth their 40 bytes.</summary>
    private const float WorthTelling = 0.01f;
    private readonly PlatePassagesOptions _options = options ?? new PlatePassagesOptions();
    private readonly Dictionary<long, PlatePassage> _byTrack = [];
    private readonly List<PlatePassage> _waiting = [];
    private readonly Queue<EventDraft> _ended = new();

    /// <summary>Passages that are open now, including those waiting for a return.</summary>
    public int Open => _byTrack.Values.Distinct().Count() + _waiting.Count;

    /// <summary>
    /// Takes in a sighting of the tracked plate and says whether it is worth events; if so, its picture is made and the
    /// events reported by <see cref="Tell"/>.
    /// </summary>
    public bool Sighted(long track, in PlateSighting sighting)
    {
        if (!IsDecided(sighting)) return false;
        if (_byTrack.TryGetValue(track, out var passage))
        {
            if (MayBe(passage, sighting))
            {
                passage.Seen(sighting);
                return IsWorthTelling(passage, sighting);
            }
            // Another vehicle is where that one was; a single look does not prove it.
            if (sighting.Agreeing < _options.AgreeingShots) return false;
            Left(track, sighting.Time, sighting.At);
        }
        if (Known(sighting) is not { } known) return true;
        known.Tracks++;
        _waiting.Remove(known);
        _byTrack[track] = known;
        known.Seen(sighting);
        // Reported before: an update only when it is clearly better.
        return IsWorthTelling(known, sighting);
    }

    /// <summary>The events of a sighting that was found worth them.</summary>
    /// <param name="crop">Goes with the event of the highest priority, once over the line. Null when there is no
    /// picture; then no event names one.</param>
    public PlateOutcome Tell(long track, in PlateSighting sighting, OutboxCrop? crop)
    {
        var phase = PassagePhase.Update;
        if (_byTrack.TryGetValue(track, out var passage)) passage.Updates.Take();
        else
        {
            phase = PassagePhase.New;
            _byTrack[track] = passage = new PlatePassage(
                Guid.CreateVersion7(sighting.At), new Allowance(_options.UpdatesAtOnce, _options.UpdateEvery))
            { Tracks = 1 };
            passage.Seen(sighting);
        }
        var listed = sighting.Listed;
        EventDraft? over = null;
        if (passage.Hit is { } old && (listed is null || !IsOf(old, listed)))
        {
            over = Ended(old, "reread", sighting.At);
            passage.Hit = null;
        }
        var (readCrop, hitCrop) = listed is null ? (crop, null) : ((OutboxCrop?)null, crop);
        passage.Read.Take(Body(sighting, readCrop?.Id), null, sighting.At);
        var read = Draft(passage.Read, phase, sighting.At) with { Crop = readCrop };
        if (listed is null) return new PlateOutcome(read, null, over);

        var hitPhase = passage.Hit is null ? PassagePhase.New : PassagePhase.Update;
        passage.Hit ??= new PassageEvents(EventKind.PlateHit, Guid.CreateVersion7(sighting.At));
        passage.Hit.Take(Body(sighting, hitCrop?.Id), Body(listed, passage.Read.Id), sighting.At);
        return new PlateOutcome(read, Draft(passage.Hit, hitPhase, sighting.At) with { Crop = hitCrop }, over);
    }

    /// <summary>The tracked plate is gone; its passage, if it has one, waits for a return.</summary>
    /// <param name="time">Of the stream.</param>
    /// <param name="at">UTC, for the event.</param>
    public void Left(long track, TimeSpan time, DateTimeOffset at)
    {
        if (!_byTrack.Remove(track, out var passage) || --passage.Tracks > 0) return;
        passage.LeftTime = time;
        passage.LeftAt = at;
        _waiting.Add(passage);
    }

    /// <summary>Ends a passage that has waited long enough: call until null.</summary>
    public EventDraft? NextEnded(TimeSpan time)
    {
        for (var i = 0; i < _waiting.Count && _ended.Count == 0; i++)
        {
            if (time - _waiting[i].LeftTime < _options.RejoinWithin) continue;
            End(_waiting[i], "left");
            _waiting.RemoveAt(i);
        }
        return _ended.TryDequeue(out var ended) ? ended : null;
    }

    /// <summary>Ends any one open passage at once (the stream was cut or the node is stopping): call until
    /// null.</summary>
    public EventDraft? NextCut(string reason, DateTimeOffset now)
    {
        if (_ended.TryDequeue(out var ended)) return ended;
        while (_waiting.Count == 0 && _byTrack.Count > 0) Left(_byTrack.Keys.First(), TimeSpan.Zero, now);
        if (_waiting.Count == 0) return null;
        End(_waiting[^1], reason);
        _waiting.RemoveAt(_waiting.Count - 1);
        return _ended.Dequeue();
    }

    private bool IsDecided(in PlateSighting sighting)
    {
        var read = sighting.Read;
        if (read.Text.Length < _options.LeastCharacters || read.Text.Length > PlateReadBody.MaxCharacters) return false;
        return (read.Confidence >= _options.SureConfidence && sighting.Place.Box.Width >= _options.SureWidth)
            || (sighting.Agreeing >= _options.AgreeingShots && read.Confidence >= _options.LeastConfidence);
    }

    /// <summary>
    /// A passage of the same vehicle: one waiting for its return, or one followed by another track (a plate found
    /// twice). It has the same text, one that the reader thought possible, or, at nearly the same place, nearly the
    /// same text or a part of it: small plates are lost now and then and read with a character less, and half a plate
    /// shows beside someone walking past it.
    /// </summary>
    private PlatePassage? Known(in PlateSighting sighting)
    {
        foreach (var passage in _waiting)
            if (IsSame(passage, sighting)) return passage;
        foreach (var passage in _byTrack.Values)
            if (passage.Last.Text == sighting.Text || IsContinued(passage, sighting)) return passage;
        return null;
    }

    private bool IsSame(PlatePassage passage, in PlateSighting sighting) =>
        passage.Last.Text == sighting.Text || IsContinued(passage, sighting) || WasThoughtPossible(passage, sighting);

    /// <summary>Whether what a track reads now may be the plate it was reported as.</summary>
    private static bool MayBe(PlatePassage passage, in PlateSighting sighting) =>
        PlateLikeness.MayBeOne(passage.Last.Text, sighting.Text) || WasThoughtPossible(passage, sighting);

    private static bool WasThoughtPossible(PlatePassage passage, in PlateSighting sighting)
    {
        foreach (var other in passage.Last.Candidates ?? [])
            if (other.Text == sighting.Text) return true;
        foreach (var other in sighting.Read.Candidates)
            if (other.Text == passage.Last.Text) return true;
        return false;
    }

    private bool IsContinued(PlatePassage passage, in PlateSighting sighting)
    {
        var (before, now) = (passage.Place, sighting.Place.Box);
        var reach = NearWidths * MathF.Max(before.Width, now.Width);
        return sighting.Time - passage.SeenTime < _options.RejoinWithin
            && MathF.Abs(before.CenterX - now.CenterX) <= reach
            && MathF.Abs(before.CenterY - now.CenterY) <= reach
            && (PlateLikeness.IsAlike(passage.Last.Text, sighting.Text)
                || PlateLikeness.IsPart(sighting.Text, passage.Last.Text));
    }

    private bool IsWorthTelling(PlatePassage passage, in PlateSighting sighting)
    {
        passage.Updates.Refill(sighting.Time);
        // A hit is reported whatever was reported before.
        var isHit = sighting.Listed is { } listed && (passage.Hit is not { } hit || !IsOf(hit, listed));
        if (!IsBetter(passage.Last, sighting) && !(isHit && passage.Last.Text == sighting.Text)) return false;
        return passage.Updates.Left > 0 || isHit;
    }

    private bool IsBetter(PlateReadBody last, in PlateSighting sighting)
    {
        var isBetter = sighting.Read.Confidence >= last.Confidence + _options.BetterBy;
        if (last.Text == sighting.Text || PlateLikeness.IsPart(sighting.Text, last.Text)) return isBetter;
        return sighting.Read.Confidence >= last.Confidence || sighting.Agreeing >= _options.AgreeingShots;
    }

    private void End(PlatePassage passage, string reason)
    {
        _ended.Enqueue(Ended(passage.Read, reason, passage.LeftAt));
        if (passage.Hit is { } hit) _ended.Enqueue(Ended(hit, reason, passage.LeftAt));
    }

    private EventDraft Ended(PassageEvents events, string reason, DateTimeOffset at)
    {
        events.Plate = events.Plate with { Reason = reason, FrameAt = events.ReadAt == at ? null : events.ReadAt };
        return Draft(events, PassagePhase.End, at);
    }

    private EventDraft Draft(PassageEvents events, PassagePhase phase, DateTimeOffset at) => new()
    {
        Kind = events.Kind,
        Camera = camera,
        At = at,
        Body = new EventBody { Plate = events.Plate, Hit = events.Hit },
        Passage = events.Id,
        Phase = phase,
        Rev = events.Rev++,
    };

    private static bool IsOf(PassageEvents hit, PlateMatch match) =>
        hit.Hit is { } told && (told.List, told.Entry, told.Plate) == (match.List, match.Entry, match.Plate);

    /// <summary>As sent: numbers rounded to the precision that is worth its bytes.</summary>
    private PlateReadBody Body(in PlateSighting sighting, Guid? crop)
    {
        var read = sighting.Read;
        var box = sighting.Place.Box;
        var corners = sighting.Place.Corners;
        return new PlateReadBody(
            read.Text,
            MathF.Round(read.Confidence, 3),
            [.. read.Characters.Select(c => MathF.Round(c, 2))],
            read.Rows,
            [MathF.Round(box.X), MathF.Round(box.Y), MathF.Round(box.Width), MathF.Round(box.Height)],
            [
                MathF.Round(corners.TopLeft.X), MathF.Round(corners.TopLeft.Y),
                MathF.Round(corners.TopRight.X), MathF.Round(corners.TopRight.Y),
                MathF.Round(corners.BottomRight.X), MathF.Round(corners.BottomRight.Y),
                MathF.Round(corners.BottomLeft.X), MathF.Round(corners.BottomLeft.Y),
            ],
            sighting.Frame,
            sighting.Shots,
            models,
            read.Format == PlateRead.NoFormat ? null : ShortFormat(read.Format),
            read.Region,
            OtherReadings(read),
            Crop: crop);
    }

    private static PlateHitBody Body(PlateMatch match, Guid read) => new(
        match.List,
        match.Version,
        match.Entry,
        match.Plate,
        match.Kind switch
        {
            PlateMatchKind.Exact => "exact",
            PlateMatchKind.Wildcard => "wildcard",
            PlateMatchKind.Confusion => "confusion",
            _ => throw new ArgumentOutOfRangeException(nameof(match), match.Kind, "a kind of match without a name"),
        },
        MathF.Round(match.Score, 3),
        MathF.Round(match.Threshold, 3),
        match.FalseHits,
        read,
        match.Priority == 0 ? null : match.Priority);

    private static PlateCandidate[]? OtherReadings(PlateRead read)
    {
        var others = read.Candidates
            .Where(c => c.Text != read.Text && c.Confidence >= WorthTelling && c.Text.Length <= PlateReadBody.MaxCharacters)
            .Take(PlateReadBody.MaxCandidates)
            .Select(c => new PlateCandidate(c.Text, MathF.Round(c.Confidence, 3)))
            .ToArray();
        return others.Length == 0 ? null : others;
    }

    /// <summary>A format's name up to its explanation, as in "three letters, three digits (Sindh cars)".</summary>
    private static string ShortFormat(string name)
    {
        var end = name.IndexOf(" (", StringComparison.Ordinal);
        if (end < 0) end = name.Length;
        return name[..Math.Min(end, FormatLength)];
    }

    /// <summary>One vehicle's visit.</summary>
    private sealed class PlatePassage(Guid id, Allowance updates)
    {
        /// <summary>What may still be reported of it.</summary>
        public Allowance Updates = updates;

        public PassageEvents Read { get; } = new(EventKind.PlateRead, id);
        public PassageEvents? Hit { get; set; }

        /// <summary>Tracks that follow it now.</summary>
        public int Tracks { get; set; }
        public TimeSpan LeftTime { get; set; }
        public DateTimeOffset LeftAt { get; set; }
        public PlateReadBody Last => Read.Plate;

        /// <summary>Where and when it was last read.</summary>
        public Detection Place { get; private set; }
        public TimeSpan SeenTime { get; private set; }

        public void Seen(in PlateSighting sighting) => (Place, SeenTime) = (sighting.Place.Box, sighting.Time);
    }

    /// <summary>The events of one passage, and what the last of them said.</summary>
    private sealed class PassageEvents(EventKind kind, Guid id)
    {
        public EventKind Kind { get; } = kind;
        public Guid Id { get; } = id;
        public int Rev { get; set; }
        public PlateReadBody Plate { get; set; } = null!;
        public PlateHitBody? Hit { get; private set; }
        public DateTimeOffset ReadAt { get; private set; }

        public void Take(PlateReadBody plate, PlateHitBody? hit, DateTimeOffset at) =>
            (Plate, Hit, ReadAt) = (plate, hit, at);
    }
}

/// <summary>When a plate counts as read, when it is reported again, and when its passage is over.</summary>
internal sealed record PlatePassagesOptions
{
    /// <summary>This many shots that give the same text when read alone are decisive.</summary>
    public int AgreeingShots { get; init; } = 2;

    /// <summary>Minimum confidence of a reading that several shots agree on: a look-alike (a grille, a fence) may read
    /// the same twice, but never with certainty.</summary>
    public float LeastConfidence { get; init; } = 0.5f;

    /// <summary>A single shot of this confidence decides by itself; the vote never trusts a single shot more than
    /// that.</summary>
    public float SureConfidence { get; init; } = PlateVote.MostFromOneShot;

    /// <summary>Width in pixels from which a single shot may decide: a plate is read reliably from about 70 (measured
    /// on real pictures); smaller ones wait for a better shot, or a second one that agrees.</summary>
    public float SureWidth { get; init; } = 70;

    /// <summary>Minimum characters: the shortest formats have two, but so has much lettering that is no
    /// plate.</summary>
    public int LeastCharacters { get; init; } = 3;

    /// <summary>A confidence that has risen by this much is worth an update.</summary>
    public float BetterBy { get; init; } = 0.1f;

    /// <summary>Updates that a passage may send at once: each costs 700 bytes and perhaps a crop of 4 kB on a thin
    /// line.</summary>
    public int UpdatesAtOnce { get; init; } = 4;

    /// <summary>Then one more after each such interval: 5 bytes a second, and no early doubt silences a later
    /// reading.</summary>
    public TimeSpan UpdateEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The same plate coming back within this time continues the passage: a vehicle behind another one, or waiting at a
    /// gate, is not a new visit.
    /// </summary>
    public TimeSpan RejoinWithin { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What has been read on one tracked plate up to one frame.</summary>
/// <param name="Read">The reading of all shots together.</param>
/// <param name="Shots">Shots read so far.</param>
/// <param name="Agreeing">How many of them gave exactly this text when read alone.</param>
/// <param name="Frame">The number of the frame that produced this reading.</param>
/// <param name="At">UTC of that frame.</param>
/// <param name="Time">Of that frame in the stream: steady, whatever happens to the wall clock.</param>
/// <param name="Place">The plate in pixels of the source picture.</param>
/// <param name="Listed">The list entry it matches, or null.</param>
internal readonly record struct PlateSighting(
    PlateRead Read, int Shots, int Agreeing, long Frame, DateTimeOffset At, TimeSpan Time, PlateDetection Place,
    PlateMatch? Listed)
{
    public string Text => Read.Text;
}

/// <summary>What a sighting of a plate is reported by: one event for the read, and at most one for the hit.</summary>
/// <param name="Over">The end of a hit that a better reading has withdrawn.</param>
internal readonly record struct PlateOutcome(EventDraft Read, EventDraft? Hit, EventDraft? Over);
