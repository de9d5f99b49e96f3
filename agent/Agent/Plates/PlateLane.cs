using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>
/// Number plates: found, followed, read from the full-resolution frame in their best shots, voted on over the track,
/// searched for on the lists.
/// </summary>
internal sealed class PlateLane : IObjectLane
{
    /// <summary>Plates followed at once: a camera over a car park. Anything beyond a picture's best 64 can't be
    /// read.</summary>
    private const int MaxFound = 64;

    /// <summary>Plates looked for when all of them are read: two full calls of the reader. A picture's fourth best is
    /// hardly ever a readable plate.</summary>
    public const int MaxRead = 2 * PlateReader.MaxPlates;

    private readonly CameraConfig _camera;
    private readonly PlateDetector _detector;
    private readonly PlateReader _reader;
    private readonly PlateCrop? _crop;
    private readonly PlateGate _gate;
    private readonly PlateGrammar _grammar;
    private readonly PlateLists _lists;
    private readonly FaceLane? _faces;
    private readonly PlatePassages _passages;
    private readonly CameraEvents? _events;
    private readonly CameraTelemetry _telemetry;
    private readonly ByteTracker _tracker;
    private readonly Dictionary<long, PlateTrack> _plates = [];
    private readonly PlateDetection[] _found = new PlateDetection[MaxFound];
    private readonly Detection[] _fronts = new Detection[MaxFound];
    private readonly long[] _trackOf = new long[MaxFound];
    private readonly IPlateObserver? _observer;
    private readonly PlateDetection[] _wanted = new PlateDetection[PlateReader.MaxPlates];
    private readonly (int Index, long Track, float Quality)[] _wantedBy = new (int, long, float)[PlateReader.MaxPlates];
    private DetectorPace _pace;
    private int _wantedCount;

    /// <param name="models">Lent; must outlive the lane.</param>
    /// <param name="crop">Takes ownership; null where there are no events.</param>
    /// <param name="grammar">The formats of the camera's regions.</param>
    /// <param name="faces">Lent: the same camera's faces, which no picture of a vehicle may show; null if they are not
    /// looked for.</param>
    /// <param name="events">Null: nothing is decided, the lane only shows what it sees.</param>
    /// <param name="observer">Null for nobody.</param>
    public PlateLane(
        CameraConfig camera,
        PlateModels models,
        PlateCrop? crop,
        PlateGrammar grammar,
        PlateLists lists,
        FaceLane? faces,
        CameraEvents? events,
        CameraTelemetry telemetry,
        IPlateObserver? observer = null)
    {
        _camera = camera;
        _detector = models.CreateDetector();
        _reader = models.CreateReader();
        _crop = crop;
        _gate = models.Gate;
        _grammar = grammar;
        _lists = lists;
        _faces = faces;
        _passages = new PlatePassages(camera.Name, models.Names);
        _events = events;
        _telemetry = telemetry;
        _observer = observer;
        _tracker = new ByteTracker(models.Tracking);
        _pace = new DetectorPace(TimeSpan.FromSeconds(1 / camera.AnalysisPerSecond));
    }

    /// <summary>Something was seen for the first time: the next frame should be looked at.</summary>
    public bool HasTentative => _tracker.HasTentative;

    public bool IsDue(TimeSpan arrived) => _pace.IsDue(arrived, HasTentative);

    public void Skip(TimeSpan time) => _tracker.Predict(time);

    public void Look(Frame frame) => Look(frame, LaneEffort.Node);

    /// <summary>As <see cref="Look(Frame)"/>, with a different effort.</summary>
    public void Look(Frame frame, LaneEffort effort)
    {
        var picture = frame.Planes;
        var isPicture = effort == LaneEffort.SinglePicture;
        var grid = _detector.GridFor(picture.Width, picture.Height, _camera.SmallestPlatePixels);
        var most = effort == LaneEffort.Node ? MaxFound : MaxRead;
        var found = _found.AsSpan(0, _detector.Detect(picture, _found.AsSpan(0, most), grid, halved: isPicture));
        _trackOf.AsSpan(0, found.Length).Clear();
        if (!isPicture) Follow(found, frame.Time);
        _observer?.Found(frame, found, _trackOf.AsSpan(0, found.Length));
        _wantedCount = 0;
        for (var i = 0; i < found.Length; i++) Want(frame, i, isAnyway: effort != LaneEffort.Node);
        Read(frame);
        if (isPicture) return;
        foreach (var plate in _tracker.Ended)
        {
            if (_plates.Remove(plate.Id, out var track)) _observer?.Ended(plate.Id, track.Stay, isReplaced: false);
            _passages.Left(plate.Id, frame.Time, frame.At);
        }
        while (_passages.NextEnded(frame.Time) is { } ended) _events?.Send(ended, frame.DecodedTimestamp);
    }

    public void Cut(string reason, DateTimeOffset at)
    {
        _tracker.Reset();
        foreach (var plate in _tracker.Ended)
            if (_plates.TryGetValue(plate.Id, out var track)) _observer?.Ended(plate.Id, track.Stay, isReplaced: false);
        _plates.Clear();
        _pace.Reset();
        while (_passages.NextCut(reason, at) is { } ended) _events?.Send(ended, null);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _reader.Dispose();
        _crop?.Dispose();
    }

    private void Follow(ReadOnlySpan<PlateDetection> found, TimeSpan time)
    {
        for (var i = 0; i < found.Length; i++) _fronts[i] = found[i].Front;
        _tracker.Update(_fronts.AsSpan(0, found.Length), time);
        foreach (var plate in _tracker.Objects)
        {
            if (plate.State == TrackState.Confirmed && plate.DetectionIndex >= 0)
                _trackOf[plate.DetectionIndex] = plate.Id;
            else if (_plates.TryGetValue(plate.Id, out var lost))
                lost.LostSight();
        }
    }

    /// <summary>Adds the plate to the reader's next call if this shot is worth it, or if
    /// <paramref name="isAnyway"/>.</summary>
    private void Want(Frame frame, int index, bool isAnyway)
    {
        var (track, quality, isWanted) = (_trackOf[index], 0f, false);
        if (track > 0)
        {
            if (!_plates.TryGetValue(track, out var plate))
            {
                _plates[track] = plate = new PlateTrack();
                _telemetry.TrackConfirmed();
            }
            isWanted = plate.Wants(_reader, frame, _found[index], out quality);
        }
        if (!isWanted && !isAnyway) return;
        if (_wantedCount == PlateReader.MaxPlates) Read(frame);
        _wanted[_wantedCount] = _found[index];
        _wantedBy[_wantedCount++] = (index, isWanted ? track : 0, quality);
    }

    /// <summary>Reads the queued plates in one call of the model, and decides.</summary>
    private void Read(Frame frame)
    {
        if (_wantedCount == 0) return;
        _reader.Look(frame.Planes, _wanted.AsSpan(0, _wantedCount));
        for (var i = 0; i < _wantedCount; i++)
        {
            var (index, track, quality) = _wantedBy[i];
            var read = _reader.Decode(i, _grammar);
            _observer?.Read(frame, index, read);
            if (track > 0) Take(frame, i, track, read, quality);
        }
        _wantedCount = 0;
    }

    /// <summary>Adds a shot to its track, and decides.</summary>
    private void Take(Frame frame, int wanted, long track, PlateRead read, float quality)
    {
        var plate = _plates[track];
        ref readonly var place = ref _wanted[wanted];
        var before = plate.Take(_reader, _grammar, frame, wanted, place, read, quality);
        if (before is { } over) _observer?.Ended(track, over, isReplaced: true);
        _telemetry.PlateRead();
        var stay = plate.Stay;
        if (_events is null || !_gate.Passes(stay.BestScore, stay.Read)) return;
        var sighting = new PlateSighting(
            stay.Read, plate.Shots, stay.Agreeing, frame.Number, frame.At, frame.Time, place,
            _lists.Match(stay.Read, frame.At));
        if (_passages.Sighted(track, sighting)) Tell(_events, frame, track, sighting);
    }

    private void Tell(CameraEvents events, Frame frame, long track, PlateSighting sighting)
    {
        // A hit always has its picture, a read only where the camera is set to send them.
        var crop = sighting.Listed is null && !_camera.PlateCrops
            ? null
            : events.TryMakeCrop(frame.At, () => _crop!.Encode(frame.Planes, sighting.Place, _faces?.Known ?? []));
        var told = _passages.Tell(track, sighting, crop);
        if (told.Over is { } over) events.Send(over, frame.DecodedTimestamp);
        events.Send(told.Read, frame.DecodedTimestamp);
        if (told.Hit is { } hit) events.Send(hit, frame.DecodedTimestamp);
    }
}
