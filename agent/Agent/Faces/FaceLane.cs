using Picket.Agent.Config;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Faces: found, followed, embedded from their best shots, searched for on the watchlist.</summary>
/// <remarks>Strangers' faces live in <see cref="FaceTrack"/> and nowhere else.</remarks>
internal sealed class FaceLane : IObjectLane
{
    private readonly CameraConfig _camera;
    private readonly FaceDetector _detector;
    private readonly FaceRecognizer _recognizer;
    private readonly FaceListSource _list;
    private readonly FacePassages _passages;
    private readonly CameraEvents? _events;
    private readonly CameraTelemetry _telemetry;
    private readonly ByteTracker _tracker = new();
    private readonly Dictionary<long, FaceTrack> _faces = [];
    private readonly FaceCrop? _crop;
    private readonly IFaceObserver? _observer;
    private readonly Detection[] _detections = new Detection[new ByteTrackerOptions().MaxObjects];
    private readonly long[] _trackOf = new long[new ByteTrackerOptions().MaxObjects];
    private readonly List<Detection> _others = new(2 * new ByteTrackerOptions().MaxObjects);
    private readonly List<Detection> _known = new(new ByteTrackerOptions().MaxObjects);
    private readonly float[] _embedding;
    private readonly float _samePerson;
    private DetectorPace _pace;

    /// <param name="models">Lent; must outlive the lane.</param>
    /// <param name="events">Null: nothing is decided, the lane only shows what it sees.</param>
    /// <param name="observer">Null for nobody.</param>
    public FaceLane(
        CameraConfig camera,
        FaceModels models,
        FaceListSource list,
        CameraEvents? events,
        CameraTelemetry telemetry,
        IFaceObserver? observer = null)
    {
        _camera = camera;
        _detector = models.CreateDetector();
        _recognizer = models.CreateRecognizer();
        _crop = events is null ? null : new FaceCrop(models.CreateDetector());
        _list = list;
        _passages = new FacePassages(camera.Name, list.Now.Name);
        _events = events;
        _telemetry = telemetry;
        _observer = observer;
        _embedding = new float[models.Dimensions];
        _samePerson = models.SamePerson;
        _pace = new DetectorPace(TimeSpan.FromSeconds(1 / camera.AnalysisPerSecond));
    }

    /// <summary>The faces known to be in the picture now. Valid until the next call.</summary>
    public IReadOnlyList<Detection> Known
    {
        get
        {
            _known.Clear();
            foreach (var face in _tracker.Objects) _known.Add(face.Box);
            return _known;
        }
    }

    /// <summary>Something was seen for the first time: the next frame should be looked at.</summary>
    public bool HasTentative => _tracker.HasTentative;

    public bool IsDue(TimeSpan arrived) => _pace.IsDue(arrived, HasTentative);

    public void Skip(TimeSpan time) => _tracker.Predict(time);

    public void Look(Frame frame) => Look(frame, LaneEffort.Node);

    /// <summary>As <see cref="Look(Frame)"/>, with a different effort.</summary>
    public void Look(Frame frame, LaneEffort effort)
    {
        var found = _detections.AsSpan(0, Find(frame, effort));
        var tracks = _trackOf.AsSpan(0, found.Length);
        tracks.Clear();
        if (effort == LaneEffort.SinglePicture)
        {
            _observer?.Found(frame, found, tracks);
            return;
        }
        _tracker.Update(found, frame.Time);
        foreach (var face in _tracker.Objects)
        {
            if (face.State != TrackState.Confirmed || face.DetectionIndex < 0) continue;
            tracks[face.DetectionIndex] = face.Id;
            Recognize(frame, face, found);
        }
        _observer?.Found(frame, found, tracks);
        foreach (var face in _tracker.Ended)
        {
            _faces.Remove(face.Id);
            _passages.Left(face.Id, frame.Time, frame.At);
            _observer?.Ended(face);
        }
        while (_passages.NextEnded(frame.Time) is { } ended) _events?.Send(ended, frame.DecodedTimestamp);
    }

    public void Cut(string reason, DateTimeOffset at)
    {
        _tracker.Reset();
        foreach (var face in _tracker.Ended) _observer?.Ended(face);
        _faces.Clear();
        _pace.Reset();
        while (_passages.NextCut(reason, at) is { } ended) _events?.Send(ended, null);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _recognizer.Dispose();
        _crop?.Dispose();
    }

    private int Find(Frame frame, LaneEffort effort)
    {
        var picture = frame.Planes;
        if (effort == LaneEffort.SinglePicture) return new PictureFaces(_detector).Find(picture, _detections);
        var grid = FaceDetector.GridFor(picture.Height, _camera.SmallestFacePixels);
        return _detector.Detect(picture, _detections, grid, _detector.Score);
    }

    /// <summary>Recognizes the face if this shot is worth it, and decides.</summary>
    private void Recognize(Frame frame, TrackedObject tracked, ReadOnlySpan<Detection> found)
    {
        if (!_faces.TryGetValue(tracked.Id, out var face))
        {
            _faces[tracked.Id] = face = new FaceTrack(_recognizer.Dimensions, _samePerson);
            _telemetry.TrackConfirmed();
        }
        // With nobody on the list, a look would tell nothing.
        var list = _list.Now;
        if (list.Gallery.Count == 0) return;
        face.Seen(frame.Time);
        if (!face.Shots.IsDue(frame.Time)) return;
        var picture = frame.Planes;
        ref readonly var box = ref found[tracked.DetectionIndex];
        var shot = _recognizer.Look(picture, box);
        var quality = shot.Quality * BestShot.Share(box, picture.Width, picture.Height, frame.Corrupt);
        if (!face.Shots.Take(quality, frame.Time)) return;

        _telemetry.ShotRecognized();
        if (!_recognizer.TryEmbed(picture, shot, _embedding)) return;
        var finding = face.Take(_embedding, quality, list, frame.Time);
        if (finding.IsAnother) _passages.Left(tracked.Id, frame.Time, frame.At);
        if (finding.Match.Person < 0) return;
        var sighting = new FaceSighting(
            list.Gallery.People[finding.Match.Person],
            finding.Match.Similarity,
            finding.Threshold,
            frame.Number,
            frame.At,
            box,
            quality,
            finding.Shots);
        if (_events is not null && _passages.Sighted(tracked.Id, sighting))
            Tell(_events, frame, tracked.Id, sighting, Others(tracked, found));
    }

    private void Tell(CameraEvents events, Frame frame, long track, FaceSighting sighting, List<Detection> others)
    {
        var crop = events.TryMakeCrop(frame.At, () => _crop!.Encode(frame.Planes, sighting.Box, others));
        events.Send(_passages.Tell(track, sighting, crop), frame.DecodedTimestamp);
    }

    /// <summary>
    /// Every other face in the scene: those found in this frame, and those known to be there but not found just now.
    /// </summary>
    private List<Detection> Others(TrackedObject matched, ReadOnlySpan<Detection> found)
    {
        _others.Clear();
        for (var i = 0; i < found.Length; i++)
            if (i != matched.DetectionIndex) _others.Add(found[i]);
        foreach (var known in _tracker.Objects)
            if (known.DetectionIndex < 0) _others.Add(known.Box);
        return _others;
    }
}
