using System.Numerics;
using System.Text.Json;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Finds, reads and follows the plates of one source after the other: the plates of each picture or analyzed
/// frame, and what a track reads as a whole.</summary>
/// <param name="models">Lent.</param>
/// <param name="grammar">The active plate formats.</param>
/// <param name="lines">Lent; null to write in words.</param>
internal sealed class PlateAnalysis(PlateModels models, PlateGrammar grammar, JsonLines? lines) : IDisposable
{
    /// <summary>Boxes read in one picture, the best ones: two full calls of the reader. The fourth best of a picture is
    /// hardly ever a plate that can be read.</summary>
    private const int MaxPlates = 2 * PlateReader.MaxPlates;

    /// <summary>Width in pixels of the smallest plate looked for; below it hardly a text can be read
    /// (facts-plates.md: 70).</summary>
    private const int SmallestPlate = 60;

    /// <summary>What is left of a plate that the picture's edge cuts may read well and is not the plate: it is shown, and
    /// never as a sure one.</summary>
    private const float MostOfAPart = 0.49f;

    private readonly PlateDetector _detector = models.CreateDetector();
    private readonly PlateReader _reader = models.CreateReader();
    private readonly PlateDetection[] _found = new PlateDetection[MaxPlates];
    private readonly Detection[] _fronts = new Detection[MaxPlates];
    private readonly PlateRead[] _reads = new PlateRead[MaxPlates];
    private readonly long[] _trackOf = new long[MaxPlates];
    private readonly Dictionary<long, PlateTrack> _tracks = [];
    private readonly List<(long Track, PlateStay Stay)> _ended = [];
    private ByteTracker _tracker = new(models.Tracking);
    private string _source = "";
    private int _count;

    /// <summary>Something was seen for the first time: the next frame should be looked at.</summary>
    public bool HasTentative => _tracker.HasTentative;

    /// <summary>Takes up another source.</summary>
    public void Begin(string source)
    {
        _source = source;
        _tracker = new ByteTracker(models.Tracking);
        _tracks.Clear();
        _ended.Clear();
    }

    /// <summary>Looks at a single picture, which may show a plate in any size.</summary>
    public void Picture(Frame frame)
    {
        Find(frame, halved: true);
        Array.Clear(_trackOf);
        Read(frame);
    }

    /// <summary>Looks at the next frame of a clip or camera.</summary>
    public void Next(Frame frame)
    {
        Find(frame, halved: false);
        for (var i = 0; i < _count; i++) _fronts[i] = _found[i].Front;
        _tracker.Update(_fronts.AsSpan(0, _count), frame.Time);
        Array.Clear(_trackOf);
        foreach (var plate in _tracker.Objects)
        {
            if (plate.State == TrackState.Confirmed && plate.DetectionIndex >= 0)
                _trackOf[plate.DetectionIndex] = plate.Id;
            else if (_tracks.TryGetValue(plate.Id, out var lost))
                lost.LostSight();
        }
        Read(frame);
    }

    /// <summary>The plates of the picture looked at last, the surest text first, as the array <c>plates</c>.</summary>
    public void WriteFound(Utf8JsonWriter json, Frame frame)
    {
        json.WriteStartArray("plates");
        foreach (var i in Passing()) WriteFound(json, frame, i);
        json.WriteEndArray();
    }

    /// <summary>The same in words.</summary>
    public void PrintFound()
    {
        foreach (var i in Passing())
        {
            var (box, read) = (_found[i].Box, _reads[i]);
            Console.Out.WriteLine(
                $"  plate of {box.Width:0}x{box.Height:0} at {box.X:0},{box.Y:0}, score {box.Score:0.00}: "
                    + $"{read.Text}, confidence {read.Confidence:0.00}");
        }
    }

    /// <summary>Writes what ended with the last frame: tracks, and plates whose place another one took.</summary>
    public void WriteEnded()
    {
        foreach (var plate in _tracker.Ended)
        {
            if (_tracks.Remove(plate.Id, out var track)) _ended.Add((plate.Id, track.Stay));
        }
        foreach (var (track, stay) in _ended)
        {
            if (!models.Gate.Passes(stay.BestScore, stay.Read)) continue;
            if (lines is null)
            {
                Console.Out.WriteLine(
                    $"{_source}: plate {track} from {stay.From.TotalSeconds:0.00} to {stay.To.TotalSeconds:0.00} s: "
                    + $"{stay.Read.Text}, confidence {stay.Read.Confidence:0.00}, best in frame {stay.BestFrame}");
                continue;
            }
            var json = lines.Begin();
            json.WriteString("source", _source);
            json.WriteNumber("track", track);
            json.WriteString("kind", "plate");
            json.WriteNumber("from", JsonLines.Seconds(stay.From));
            json.WriteNumber("to", JsonLines.Seconds(stay.To));
            WriteRead(json, stay.Read);
            json.WriteNumber("bestFrame", stay.BestFrame);
            lines.End();
        }
        _ended.Clear();
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
        _reader.Dispose();
    }

    private void Find(Frame frame, bool halved)
    {
        var grid = _detector.GridFor(frame.Width, frame.Height, SmallestPlate);
        _count = _detector.Detect(frame.Planes, _found, grid, halved);
    }

    private void Read(Frame frame)
    {
        for (var from = 0; from < _count; from += PlateReader.MaxPlates)
        {
            var plates = _found.AsSpan(from, Math.Min(PlateReader.MaxPlates, _count - from));
            _reader.Look(frame.Planes, plates);
            for (var i = 0; i < plates.Length; i++)
            {
                var read = _reader.Decode(i, grammar);
                if (_trackOf[from + i] is var track and > 0) Vote(track, frame, plates[i], read, i);
                _reads[from + i] = PlateReader.IsWhole(frame.Planes, plates[i]) ? read : read.AtMost(MostOfAPart);
            }
        }
    }

    private void Vote(long id, Frame frame, in PlateDetection plate, PlateRead read, int index)
    {
        if (!_tracks.TryGetValue(id, out var track)) _tracks.Add(id, track = new PlateTrack());
        if (!track.Wants(_reader, frame, plate, out var quality)) return;
        var before = track.Take(_reader, grammar, frame, index, plate, read, quality);
        if (before is { Agreeing: >= 2, Read.Confidence: > MostOfAPart } stay) _ended.Add((id, stay));
    }

    private int[] Passing() =>
    [
        .. Enumerable.Range(0, _count)
            .Where(i => models.Gate.Passes(_found[i].Box.Score, _reads[i]))
            .OrderByDescending(i => _reads[i].Confidence)
            .ThenByDescending(i => _found[i].Box.Score),
    ];

    private void WriteFound(Utf8JsonWriter json, Frame frame, int index)
    {
        var (box, read) = (_found[index].Box, _reads[index]);
        Span<Vector2> corners = stackalloc Vector2[PlateCorners.Count];
        _found[index].Corners.CopyTo(corners);
        json.WriteStartObject();
        JsonLines.WriteBox(json, box, frame.Width, frame.Height);
        json.WriteNumber("score", JsonLines.Round(box.Score, 3));
        JsonLines.WritePoints(json, "corners", corners);
        WriteRead(json, read);
        json.WriteNumber("rows", read.Rows);
        if (read.Region is not null) json.WriteString("region", read.Region);
        if (_trackOf[index] > 0) json.WriteNumber("track", _trackOf[index]);
        json.WriteEndObject();
    }

    private static void WriteRead(Utf8JsonWriter json, PlateRead read)
    {
        json.WriteString("text", read.Text);
        json.WriteNumber("confidence", JsonLines.Round(read.Confidence, 3));
        json.WriteStartArray("candidates");
        foreach (var candidate in read.Candidates)
        {
            json.WriteStartObject();
            json.WriteString("text", candidate.Text);
            json.WriteNumber("confidence", JsonLines.Round(candidate.Confidence, 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
