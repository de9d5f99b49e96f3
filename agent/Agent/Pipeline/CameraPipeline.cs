using Picket.Agent.Config;
using Picket.Agent.Decide;
using Picket.Agent.Detect;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Recognize;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;

namespace Picket.Agent.Pipeline;

/// <summary>
/// One camera's way from frame to event: newest frame, detect, track, best shot, recognize, decide, outbox.
/// </summary>
/// <remarks>
/// One loop a camera. All loops share the analysis slots (one core less than the machine has), so that decoding and the
/// line are never starved. In a steady scene nothing is allocated from decode to track. Strangers' faces live in
/// <see cref="FaceTrack"/> and nowhere else.
/// </remarks>
internal sealed class CameraPipeline : IDisposable
{
    /// <summary>
    /// A face box (forehead to chin) of this height fills the embedder's 112 pixels; more does not help.
    /// </summary>
    private const float FullFacePixels = 160;

    private readonly CameraConfig _camera;
    private readonly LatestFrame _latest;
    private readonly FaceDetector _detector;
    private readonly FaceRecognizer _recognizer;
    private readonly FaceList _list;
    private readonly FaceRules _rules;
    private readonly EventSink _sink;
    private readonly CameraTelemetry _telemetry;
    private readonly SemaphoreSlim _slots;
    private readonly ByteTracker _tracker = new();
    private readonly Dictionary<long, FaceTrack> _faces = [];
    private readonly FaceCrop _crop = new();
    private readonly Detection[] _detections = new Detection[new ByteTrackerOptions().MaxObjects];
    private readonly List<Detection> _others = new(2 * new ByteTrackerOptions().MaxObjects);
    private readonly float[] _embedding;
    private readonly Lock _scene = new();
    private DetectorPace _pace;
    private long _lastNumber = -1;
    private MaskPlan? _masks;

    /// <param name="latest">Lent: the slot that the camera's ingest thread fills.</param>
    /// <param name="detector">Takes ownership, as of <paramref name="recognizer"/>.</param>
    /// <param name="slots">Lent, shared by all cameras.</param>
    public CameraPipeline(
        CameraConfig camera,
        LatestFrame latest,
        FaceDetector detector,
        FaceRecognizer recognizer,
        FaceList list,
        EventSink sink,
        CameraTelemetry telemetry,
        SemaphoreSlim slots)
    {
        _camera = camera;
        _latest = latest;
        _detector = detector;
        _recognizer = recognizer;
        _list = list;
        _rules = new FaceRules(camera.Name, list.Name);
        _sink = sink;
        _telemetry = telemetry;
        _slots = slots;
        _embedding = new float[recognizer.Dimensions];
        _pace = new DetectorPace(TimeSpan.FromSeconds(1 / camera.AnalysisPerSecond));
    }

    /// <summary>
    /// Runs until the slot ends or <paramref name="stop"/>; what is open then is ended by <see cref="EndAll"/>.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (await _latest.TakeAsync(stop).ConfigureAwait(false) is { } frame)
        {
            using (frame)
            {
                Analyze(frame);
            }
            if (_sink.HasRoom) continue;
            // Events are never lost: with the outbox stuck, frames wait, and the slot drops and counts them.
            await _sink.WaitForRoomAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Takes in one frame. Public for tests and benches, which measure exactly this.</summary>
    public void Analyze(Frame frame)
    {
        if (!_camera.Faces) return;
        // Computing, not waiting: a slot is free within one detector run, a few milliseconds.
        _slots.Wait();
        try
        {
            lock (_scene)
            {
                if (frame.Number <= _lastNumber) Cut("camera", frame.At);
                _lastNumber = frame.Number;
                if (_pace.IsDue(frame.Time, _tracker.HasTentative)) Detect(frame);
                else _tracker.Predict(frame.Time);
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Ends every open passage: the camera is gone or the node stops. Safe from any thread.</summary>
    public void EndAll(string reason, DateTimeOffset at)
    {
        lock (_scene) Cut(reason, at);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _recognizer.Dispose();
        _crop.Dispose();
    }

    private void Detect(Frame frame)
    {
        _telemetry.FrameAnalyzed();
        HideMasked(frame);
        var picture = frame.Planes;
        var grid = FaceDetector.GridFor(picture.Height, _camera.SmallestFacePixels);
        var found = _detections.AsSpan(0, _detector.Detect(picture, _detections, grid, _detector.Score));
        _tracker.Update(found, frame.Time);
        foreach (var face in _tracker.Objects)
        {
            if (face.State == TrackState.Confirmed && face.DetectionIndex >= 0) Look(frame, face, found);
        }
        foreach (var face in _tracker.Ended)
        {
            _faces.Remove(face.Id);
            _rules.Left(face.Id, frame.Time, frame.At);
        }
        while (_rules.NextEnded(frame.Time) is { } ended) Send(ended, frame.DecodedTimestamp, null);
    }

    /// <summary>Recognizes the face when this shot is worth it, and decides.</summary>
    private void Look(Frame frame, TrackedObject tracked, ReadOnlySpan<Detection> found)
    {
        if (!_faces.TryGetValue(tracked.Id, out var face))
        {
            _faces[tracked.Id] = face = new FaceTrack(_recognizer.Dimensions);
            _telemetry.TrackConfirmed();
        }
        var picture = frame.Planes;
        ref readonly var box = ref found[tracked.DetectionIndex];
        var worth = BestShot.Worth(box, picture.Width, picture.Height, FullFacePixels) * (frame.Corrupt ? 0.5f : 1);
        if (!face.Shots.Take(worth, frame.Time, face.Matched)) return;

        var shot = _recognizer.Recognize(picture, box, _embedding);
        _telemetry.FaceRecognized();
        if (!shot.IsUsable) return;
        face.Template.Add(_embedding, shot.Quality);
        var match = _list.Gallery.Search(face.Template.Embedding);
        if (match.Person < 0) return;
        var sighting = new FaceSighting(
            _list.Gallery.People[match.Person],
            match.Similarity,
            _list.Threshold,
            frame.Number,
            frame.At,
            box,
            shot.Quality,
            face.Template.Shots);
        face.Matched |= sighting.IsMatch;
        if (_rules.Sighted(tracked.Id, sighting, Guid.CreateVersion7(frame.At)) is { } decided)
            Send(decided, frame.DecodedTimestamp, _crop.Encode(picture, box, Others(tracked, found)));
    }

    /// <summary>
    /// Every other face of the scene: those found in this frame, and those that are known to be there and were not
    /// found just now.
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

    private void Cut(string reason, DateTimeOffset at)
    {
        _tracker.Reset();
        _faces.Clear();
        _pace.Reset();
        _lastNumber = -1;
        while (_rules.NextCut(reason, at) is { } ended) Send(ended, null, null);
    }

    private void Send(EventDraft draft, long? decoded, byte[]? crop)
    {
        _telemetry.EventMade();
        _sink.Add(draft, decoded, crop);
    }

    private void HideMasked(Frame frame)
    {
        if (_camera.Masks.Count == 0) return;
        if (_masks is null || _masks.Width != frame.Width || _masks.Height != frame.Height)
            _masks = MaskPlan.FromNormalized(frame.Width, frame.Height, [.. _camera.Masks.Select(m => m.ToArray())]);
        frame.Masks = _masks;
    }
}
