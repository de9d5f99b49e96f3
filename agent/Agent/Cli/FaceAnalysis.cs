using System.Numerics;
using System.Text.Json;
using Picket.Agent.Config;
using Picket.Agent.Detect;
using Picket.Agent.Ingest;
using Picket.Agent.Recognize;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Finds and follows the faces of one source after the other, and writes them: a line per picture or analyzed
/// frame, and one per track at its end.</summary>
/// <param name="models">Lent.</param>
/// <param name="lines">Lent; null to write in words.</param>
/// <param name="every">Analyze every Nth frame; null for as often as a node does.</param>
internal sealed class FaceAnalysis(FaceModels models, JsonLines? lines, int? every) : IDisposable
{
    private static readonly TimeSpan NodeInterval =
        TimeSpan.FromSeconds(1 / new CameraConfig { Name = "", Url = "" }.AnalysisPerSecond);

    private readonly FaceDetector _detector = models.CreateDetector();
    private readonly FaceRecognizer _recognizer = models.CreateRecognizer();
    private readonly Detection[] _found = new Detection[PictureFaces.MaxFaces];
    private readonly long[] _trackOf = new long[PictureFaces.MaxFaces];
    private readonly Dictionary<long, (float Quality, long Frame)> _best = [];
    private ByteTracker _tracker = new();
    private string _source = "";
    private DetectorPace _pace = new(NodeInterval);

    /// <summary>Takes up another source.</summary>
    public void Begin(string source)
    {
        _source = source;
        _tracker = new ByteTracker();
        _best.Clear();
        _pace.Reset();
    }

    /// <summary>Analyzes a single picture.</summary>
    public void Picture(Frame frame)
    {
        var count = new PictureFaces(_detector).Find(frame.Planes, _found);
        Array.Clear(_trackOf);
        WriteFrame(frame, count);
    }

    /// <summary>Takes in the next frame of a clip or camera; analyzes it if it is its turn.</summary>
    public void Next(Frame frame)
    {
        if (every is { } n ? frame.Number % n != 0 : !_pace.IsDue(frame.Time, _tracker.HasTentative)) return;
        var count = _detector.Detect(frame.Planes, _found);
        _tracker.Update(_found.AsSpan(0, count), frame.Time);
        Array.Clear(_trackOf);
        foreach (var face in _tracker.Objects)
        {
            if (face.State == TrackState.Confirmed && face.DetectionIndex >= 0) _trackOf[face.DetectionIndex] = face.Id;
        }
        WriteFrame(frame, count);
        WriteEnded();
    }

    /// <summary>Writes the tracks that are still open.</summary>
    public void End()
    {
        _tracker.Reset();
        WriteEnded();
    }

    public void Dispose()
    {
        _detector.Dispose();
        _recognizer.Dispose();
    }

    private void WriteFrame(Frame frame, int count)
    {
        var json = lines?.Begin();
        if (json is null)
        {
            Console.Out.WriteLine(
                $"{_source}: frame {frame.Number} at {frame.Time.TotalSeconds:0.00} s: {count} faces");
        }
        json?.WriteString("source", _source);
        json?.WriteNumber("frame", frame.Number);
        json?.WriteNumber("t", Seconds(frame.Time));
        json?.WriteNumber("width", frame.Width);
        json?.WriteNumber("height", frame.Height);
        json?.WriteStartArray("faces");
        for (var i = 0; i < count; i++) WriteFace(json, frame, _found[i], _trackOf[i]);
        json?.WriteEndArray();
        lines?.End();
    }

    private void WriteFace(Utf8JsonWriter? json, Frame frame, in Detection box, long track)
    {
        var picture = frame.Planes;
        var shot = _recognizer.Look(picture, box);
        if (track > 0 && (!_best.TryGetValue(track, out var best) || shot.Quality > best.Quality))
            _best[track] = (shot.Quality, frame.Number);
        if (json is null)
        {
            Console.Out.WriteLine(
                $"  face of {box.Width:0}x{box.Height:0} at {box.X:0},{box.Y:0}, score {box.Score:0.00}, "
                    + $"quality {shot.Quality:0.00}");
            return;
        }
        Span<Vector2> points = stackalloc Vector2[FacePoints.Count];
        shot.Points.CopyTo(points);
        json.WriteStartObject();
        JsonLines.WriteBox(json, box, frame.Width, frame.Height);
        json.WriteNumber("score", JsonLines.Round(box.Score, 3));
        JsonLines.WritePoints(json, "points", points);
        json.WriteNumber("quality", JsonLines.Round(shot.Quality, 3));
        json.WriteNumber("live", JsonLines.Round(_recognizer.Live(picture, box), 3));
        if (track > 0) json.WriteNumber("track", track);
        json.WriteEndObject();
    }

    private void WriteEnded()
    {
        foreach (var face in _tracker.Ended)
        {
            if (!_best.Remove(face.Id, out var best)) continue;
            if (lines is null)
            {
                Console.Out.WriteLine(
                    $"{_source}: face {face.Id} "
                    + $"from {face.FirstSeen.TotalSeconds:0.00} to {face.LastSeen.TotalSeconds:0.00} s, "
                    + $"best in frame {best.Frame}");
                continue;
            }
            var json = lines.Begin();
            json.WriteString("source", _source);
            json.WriteNumber("track", face.Id);
            json.WriteString("kind", "face");
            json.WriteNumber("from", Seconds(face.FirstSeen));
            json.WriteNumber("to", Seconds(face.LastSeen));
            json.WriteNumber("bestFrame", best.Frame);
            lines.End();
        }
    }

    private static decimal Seconds(TimeSpan time) => decimal.Round((decimal)time.TotalSeconds, 3);
}
