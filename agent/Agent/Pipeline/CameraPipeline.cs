using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;

namespace Picket.Agent.Pipeline;

/// <summary>
/// One camera's path from frame to event: newest frame, then one lane per kind of object: detect, track, best shot, recognize, decide,
/// outbox.
/// </summary>
/// <remarks>
/// Runs on the camera's analysis thread. All cameras share the analysis slots (one fewer than the machine has cores), so that decoding and
/// the line are never starved. In a steady scene nothing is allocated from decode to track.
/// </remarks>
internal sealed class CameraPipeline : IDisposable
{
    /// <summary>How often a full outbox is checked for room.</summary>
    private static readonly TimeSpan RoomEvery = TimeSpan.FromMilliseconds(100);

    private readonly CameraConfig _camera;
    private readonly LatestFrame _latest;
    private readonly IObjectLane[] _lanes;
    private readonly EventSink _sink;
    private readonly CameraTelemetry _telemetry;
    private readonly SemaphoreSlim _slots;
    private readonly Lock _scene = new();
    private long _lastNumber = -1;
    private MaskPlan? _masks;

    /// <param name="latest">Lent: the slot that the camera's ingest thread fills.</param>
    /// <param name="lanes">Takes ownership: what to look for, in this order on each frame; with none, the camera is unwatched.</param>
    /// <param name="slots">Lent, shared by all cameras.</param>
    public CameraPipeline(
        CameraConfig camera,
        LatestFrame latest,
        IObjectLane[] lanes,
        EventSink sink,
        CameraTelemetry telemetry,
        SemaphoreSlim slots)
    {
        _camera = camera;
        _latest = latest;
        _lanes = lanes;
        _sink = sink;
        _telemetry = telemetry;
        _slots = slots;
    }

    /// <summary>
    /// The pipeline of a node's camera with the lanes its configuration asks for. Faces come first: pictures of vehicles depend on them.
    /// </summary>
    /// <param name="faces">Lent, as <paramref name="plates"/>; they must outlive the pipeline.</param>
    public static CameraPipeline Create(
        CameraConfig camera,
        LatestFrame latest,
        FaceWatch faces,
        PlateWatch plates,
        EventSink sink,
        CameraTelemetry telemetry,
        SemaphoreSlim slots)
    {
        var events = new CameraEvents(sink, telemetry);
        var face = camera.Faces ? faces.CreateLane(camera, events, telemetry) : null;
        var plate = camera.Plates ? plates.CreateLane(camera, faces, face, events, telemetry) : null;
        IObjectLane[] lanes = [.. new IObjectLane?[] { face, plate }.OfType<IObjectLane>()];
        return new CameraPipeline(camera, latest, lanes, sink, telemetry, slots);
    }

    /// <summary>
    /// Runs on the calling thread until the slot ends; <see cref="EndAll"/> ends what is open then.
    /// </summary>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public void Run(CancellationToken cancel)
    {
        while (_latest.Take(cancel) is { } frame)
        {
            _telemetry.FrameTaken();
            try
            {
                using (frame) Analyze(frame, cancel);
            }
            finally
            {
                _telemetry.FrameFinished();
            }
            // Events are never lost: while the outbox is stuck, frames wait, and the slot drops and counts them.
            while (!_sink.HasRoom)
            {
                cancel.WaitHandle.WaitOne(RoomEvery);
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Analyzes one frame. Public for tests and benches, which measure exactly this.</summary>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>, before the frame was started.</exception>
    public void Analyze(Frame frame, CancellationToken cancel = default)
    {
        if (_lanes.Length == 0) return;
        // A slot becomes free within one detector run, a few milliseconds; the slot of a hung camera never does.
        _slots.Wait(cancel);
        try
        {
            lock (_scene)
            {
                if (frame.Number <= _lastNumber) Cut("camera", frame.At);
                _lastNumber = frame.Number;
                HideMasked(frame);
                var looked = false;
                foreach (var lane in _lanes)
                {
                    if (lane.IsDue(frame.Arrived))
                    {
                        looked = true;
                        lane.Look(frame);
                    }
                    else
                    {
                        lane.Skip(frame.Time);
                    }
                }
                if (looked) _telemetry.FrameAnalyzed();
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
        foreach (var lane in _lanes) lane.Dispose();
    }

    private void Cut(string reason, DateTimeOffset at)
    {
        _lastNumber = -1;
        foreach (var lane in _lanes) lane.Cut(reason, at);
    }

    private void HideMasked(Frame frame)
    {
        if (_camera.Masks.Count == 0) return;
        if (_masks is null || _masks.Width != frame.Width || _masks.Height != frame.Height)
            _masks = MaskPlan.FromNormalized(frame.Width, frame.Height, [.. _camera.Masks.Select(m => m.ToArray())]);
        frame.Masks = _masks;
    }
}
