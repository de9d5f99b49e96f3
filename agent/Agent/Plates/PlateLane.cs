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
/// Number plates: found, followed, read from the full-resolution frame on their best shots, voted on over the track,
/// searched for on the lists.
/// </summary>
internal sealed class PlateLane : IAnalysisLane
{
    /// <summary>Plates followed at once: a camera over a car park. What is beyond the best 64 of a picture can't be
    /// read.</summary>
    private const int MaxFound = 64;

    private readonly CameraConfig _camera;
    private readonly PlateDetector _detector;
    private readonly PlateReader _reader;
    private readonly PlateCrop _crop;
    private readonly PlateGate _gate;
    private readonly PlateGrammar _grammar;
    private readonly PlateLists _lists;
    private readonly FaceLane? _faces;
    private readonly PlateRules _rules;
    private readonly CameraEvents _events;
    private readonly CameraTelemetry _telemetry;
    private readonly ByteTracker _tracker;
    private readonly Dictionary<long, PlateTrack> _plates = [];
    private readonly PlateDetection[] _found = new PlateDetection[MaxFound];
    private readonly Detection[] _fronts = new Detection[MaxFound];
    private readonly PlateDetection[] _wanted = new PlateDetection[PlateReader.MaxPlates];
    private readonly (long Track, float Quality)[] _wantedBy = new (long, float)[PlateReader.MaxPlates];
    private DetectorPace _pace;
    private int _wantedCount;

    /// <param name="models">Lent; must outlive the lane.</param>
    /// <param name="crop">Takes ownership.</param>
    /// <param name="grammar">The formats of the camera's regions.</param>
    /// <param name="faces">Lent: the same camera's faces, which no picture of a vehicle may show; null when they are not
    /// looked for.</param>
    public PlateLane(
        CameraConfig camera,
        PlateModels models,
        PlateCrop crop,
        PlateGrammar grammar,
        PlateLists lists,
        FaceLane? faces,
        CameraEvents events,
        CameraTelemetry telemetry)
    {
        _camera = camera;
        _detector = models.CreateDetector();
        _reader = models.CreateReader();
        _crop = crop;
        _gate = models.Gate;
        _grammar = grammar;
        _lists = lists;
        _faces = faces;
        _rules = new PlateRules(camera.Name, models.Names);
        _events = events;
        _telemetry = telemetry;
        _tracker = new ByteTracker(models.Tracking);
        _pace = new DetectorPace(TimeSpan.FromSeconds(1 / camera.AnalysisPerSecond));
    }

    public bool IsDue(TimeSpan arrived) => _pace.IsDue(arrived, _tracker.HasTentative);

    public void Skip(TimeSpan time) => _tracker.Predict(time);

    public void Look(Frame frame)
    {
        var picture = frame.Planes;
        var grid = _detector.GridFor(picture.Width, picture.Height, _camera.SmallestPlatePixels);
        var found = _found.AsSpan(0, _detector.Detect(picture, _found, grid, halved: false));
        for (var i = 0; i < found.Length; i++) _fronts[i] = found[i].Front;
        _tracker.Update(_fronts.AsSpan(0, found.Length), frame.Time);
        _wantedCount = 0;
        foreach (var plate in _tracker.Objects)
        {
            if (plate.State == TrackState.Confirmed && plate.DetectionIndex >= 0) Want(frame, plate, found);
            else if (_plates.TryGetValue(plate.Id, out var lost)) lost.LostSight();
        }
        Read(frame);
        foreach (var plate in _tracker.Ended)
        {
            _plates.Remove(plate.Id);
            _rules.Left(plate.Id, frame.Time, frame.At);
        }
        while (_rules.NextEnded(frame.Time) is { } ended) _events.Send(ended, frame.DecodedTimestamp);
    }

    public void Cut(string reason, DateTimeOffset at)
    {
        _tracker.Reset();
        _plates.Clear();
        _pace.Reset();
        while (_rules.NextCut(reason, at) is { } ended) _events.Send(ended, null);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _reader.Dispose();
        _crop.Dispose();
    }

    /// <summary>Takes the plate into the reader's next call when this shot is worth it.</summary>
    private void Want(Frame frame, TrackedObject tracked, ReadOnlySpan<PlateDetection> found)
    {
        if (!_plates.TryGetValue(tracked.Id, out var plate))
        {
            _plates[tracked.Id] = plate = new PlateTrack();
            _telemetry.TrackConfirmed();
        }
        ref readonly var place = ref found[tracked.DetectionIndex];
        if (!plate.Wants(_reader, frame, place, out var quality)) return;
        if (_wantedCount == PlateReader.MaxPlates) Read(frame);
        _wanted[_wantedCount] = place;
        _wantedBy[_wantedCount++] = (tracked.Id, quality);
    }

    /// <summary>Reads what is wanted in one call of the model, and decides.</summary>
    private void Read(Frame frame)
    {
        if (_wantedCount == 0) return;
        _reader.Look(frame.Planes, _wanted.AsSpan(0, _wantedCount));
        for (var i = 0; i < _wantedCount; i++)
        {
            var (track, quality) = _wantedBy[i];
            var plate = _plates[track];
            plate.Take(_reader, _grammar, frame, i, _wanted[i], _reader.Decode(i, _grammar), quality);
            _telemetry.PlateRead();
            var (read, agreeing) = (plate.Stay.Read, plate.Stay.Agreeing);
            if (!_gate.Passes(plate.Stay.BestScore, read)) continue;
            var sighting = new PlateSighting(
                read, plate.Shots, agreeing, frame.Number, frame.At, frame.Time, _wanted[i],
                _lists.Match(read, frame.At));
            Tell(frame, _rules.Sighted(track, sighting, Guid.CreateVersion7(frame.At)), _wanted[i]);
        }
        _wantedCount = 0;
    }

    private void Tell(Frame frame, in PlateTold told, in PlateDetection plate)
    {
        if (told.Over is { } over) _events.Send(over, frame.DecodedTimestamp);
        if (told.Read is { } read) TellOne(frame, read, plate, _camera.PlateCrops);
        if (told.Hit is { } hit) TellOne(frame, hit, plate, withCrop: true);
    }

    private void TellOne(Frame frame, EventDraft told, in PlateDetection plate, bool withCrop)
    {
        if (told.Crop is null)
        {
            _events.Send(told, frame.DecodedTimestamp);
            return;
        }
        var place = plate;
        var crop = withCrop ? _events.TryMakeCrop(() => _crop.Encode(frame.Planes, place, _faces?.Known ?? [])) : null;
        _events.Send(crop is null ? _rules.WithoutCrop(told) : told, frame.DecodedTimestamp, crop);
    }
}
