using System.Numerics;
using System.Text.Json;
using Picket.Agent.Faces;
using Picket.Agent.Ingest;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Writes what a node's face lane sees in one source after the other: the faces of each picture or analyzed
/// frame, and the tracks.</summary>
internal sealed class FaceAnalysis : IFaceObserver, IDisposable
{
    private readonly JsonLines? _lines;
    private readonly FaceLane _lane;
    private readonly FaceRecognizer _recognizer;
    private readonly Detection[] _found = new Detection[PictureFaces.MaxFaces];
    private readonly long[] _trackOf = new long[PictureFaces.MaxFaces];
    private readonly Dictionary<long, (float Quality, long Frame)> _best = [];
    private readonly List<TrackedObject> _ended = [];
    private string _source = "";
    private int _count;

    /// <param name="models">Lent.</param>
    /// <param name="lines">Lent; null to write in words.</param>
    public FaceAnalysis(FaceModels models, JsonLines? lines)
    {
        _lines = lines;
        var nobody = FaceListSource.Load(null, models, CancellationToken.None);
        _lane = new FaceLane(SourceAnalysis.Camera, models, nobody, null, new CameraTelemetry(), this);
        _recognizer = models.CreateRecognizer();
    }

    /// <summary>Something was seen for the first time: the next frame should be looked at.</summary>
    public bool HasTentative => _lane.HasTentative;

    /// <summary>Starts with another source.</summary>
    public void Begin(string source) => _source = source;

    /// <summary>Looks at a picture, or at the next frame of a clip or camera.</summary>
    public void Look(Frame frame, LaneEffort effort) => _lane.Look(frame, effort);

    public void Found(Frame frame, ReadOnlySpan<Detection> found, ReadOnlySpan<long> tracks)
    {
        found.CopyTo(_found);
        tracks.CopyTo(_trackOf);
        _count = found.Length;
    }

    public void Ended(TrackedObject face) => _ended.Add(face);

    /// <summary>The faces in the last picture, as the array <c>faces</c>.</summary>
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
        foreach (var face in _ended)
        {
            if (!_best.Remove(face.Id, out var best)) continue;
            if (_lines is null)
            {
                Console.Out.WriteLine(
                    $"{_source}: face {face.Id} "
                    + $"from {face.FirstSeen.TotalSeconds:0.00} to {face.LastSeen.TotalSeconds:0.00} s, "
                    + $"best in frame {best.Frame}");
                continue;
            }
            var json = _lines.Begin();
            json.WriteString("source", _source);
            json.WriteNumber("track", face.Id);
            json.WriteString("kind", "face");
            json.WriteNumber("from", JsonLines.Seconds(face.FirstSeen));
            json.WriteNumber("to", JsonLines.Seconds(face.LastSeen));
            json.WriteNumber("bestFrame", best.Frame);
            _lines.End();
        }
        _ended.Clear();
    }

    /// <summary>Ends the tracks that are still open and writes them.</summary>
    public void End()
    {
        _lane.Cut("end", DateTimeOffset.UnixEpoch);
        WriteEnded();
        _best.Clear();
    }

    public void Dispose()
    {
        _lane.Dispose();
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
