using System.Numerics;
using System.Text.Json;
using Picket.Agent.Faces;
using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Finds and follows the faces of one source after the other: the faces of each picture or analyzed frame, and
/// the tracks.</summary>
/// <param name="models">Lent.</param>
/// <param name="lines">Lent; null to write in words.</param>
internal sealed class FaceAnalysis(FaceModels models, JsonLines? lines) : IDisposable
{
    private readonly FaceDetector _detector = models.CreateDetector();
    private readonly FaceRecognizer _recognizer = models.CreateRecognizer();
    private readonly Detection[] _found = new Detection[PictureFaces.MaxFaces];
    private readonly long[] _trackOf = new long[PictureFaces.MaxFaces];
    private readonly Dictionary<long, (float Quality, long Frame)> _best = [];
    private ByteTracker _tracker = new();
    private string _source = "";
    private int _count;

    /// <summary>Something was seen for the first time: the next frame should be looked at.</summary>
    public bool HasTentative => _tracker.HasTentative;

    /// <summary>Takes up another source.</summary>
    public void Begin(string source)
    {
        _source = source;
        _tracker = new ByteTracker();
        _best.Clear();
    }

    /// <summary>Looks at a single picture, harder than at a frame that is followed by others.</summary>
    public void Picture(Frame frame)
    {
        _count = new PictureFaces(_detector).Find(frame.Planes, _found);
        Array.Clear(_trackOf);
    }

    /// <summary>Looks at the next frame of a clip or camera.</summary>
    public void Next(Frame frame)
    {
        _count = _detector.Detect(frame.Planes, _found);
        _tracker.Update(_found.AsSpan(0, _count), frame.Time);
        Array.Clear(_trackOf);
        foreach (var face in _tracker.Objects)
        {
            if (face.State == TrackState.Confirmed && face.DetectionIndex >= 0) _trackOf[face.DetectionIndex] = face.Id;
        }
    }

    /// <summary>The faces of the picture looked at last, as the array <c>faces</c>.</summary>
    public void WriteFound(Utf8JsonWriter json, Frame frame)
    {
        json.WriteStartArray("faces");
        for (var i = 0; i < _count; i++) WriteFound(json, frame, i);
        json.WriteEndArray();
    }

    /// <summary>The same in words.</summary>
    public void PrintFound(Frame frame)
    {
        for (var i = 0; i < _count; i++)
        {
            var box = _found[i];
            Console.Out.WriteLine(
                $"  face of {box.Width:0}x{box.Height:0} at {box.X:0},{box.Y:0}, score {box.Score:0.00}, "
                    + $"quality {Look(frame, i).Quality:0.00}");
        }
    }

    /// <summary>Writes the tracks that ended with the last frame.</summary>
    public void WriteEnded()
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
            json.WriteNumber("from", JsonLines.Seconds(face.FirstSeen));
            json.WriteNumber("to", JsonLines.Seconds(face.LastSeen));
            json.WriteNumber("bestFrame", best.Frame);
            lines.End();
        }
    }

    /// <summary>Ends the tracks that are still open and writes them.</summary>
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

    private FaceShot Look(Frame frame, int index)
    {
        var shot = _recognizer.Look(frame.Planes, _found[index]);
        var quality = shot.Quality * BestShot.Share(_found[index], frame.Width, frame.Height, frame.Corrupt);
        var track = _trackOf[index];
        if (track > 0 && (!_best.TryGetValue(track, out var best) || quality > best.Quality))
            _best[track] = (quality, frame.Number);
        return shot;
    }

    private void WriteFound(Utf8JsonWriter json, Frame frame, int index)
    {
        var box = _found[index];
        var shot = Look(frame, index);
        Span<Vector2> points = stackalloc Vector2[FacePoints.Count];
        shot.Points.CopyTo(points);
        json.WriteStartObject();
        JsonLines.WriteBox(json, box, frame.Width, frame.Height);
        json.WriteNumber("score", JsonLines.Round(box.Score, 3));
        JsonLines.WritePoints(json, "points", points);
        json.WriteNumber("quality", JsonLines.Round(shot.Quality, 3));
        json.WriteNumber("live", JsonLines.Round(_recognizer.Live(frame.Planes, box), 3));
        if (_trackOf[index] > 0) json.WriteNumber("track", _trackOf[index]);
        json.WriteEndObject();
    }
}
