using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Track;

namespace Picket.Bench;

/// <summary>What our reader reads in a manifest's boxes, without the detector: the input of
/// <c>models/plates/calibrate.py</c>.</summary>
internal static class PlateReads
{
    /// <summary>Reads each labelled box of <c>manifest.csv</c> (columns path,x,y,w,h,text,source; nothing quoted) and
    /// prints a line per box: path, truth, text, confidence, features, candidates. Milliseconds go to standard
    /// error.</summary>
    /// <param name="models">The model pack.</param>
    /// <param name="folder">Holds the manifest.</param>
    /// <param name="regions">Grammar packs; none: all.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string models, string folder, string[] regions)
    {
        var catalog = ModelCatalog.Open(models);
        var grammar = PlateGrammar.Load(catalog.RegionsFolder, regions);
        using var model = catalog.Load(PlateReader.ModelId);
        using var reader = new PlateReader(model);
        using var pool = new FramePool(1);
        using var output = Console.OpenStandardOutput();
        var looks = new List<double>();
        var decodes = new List<double>();
        var rows = File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).Select(line => line.Split(','));
        foreach (var picture in rows.Where(row => row[5].Length > 0).GroupBy(row => row[0]))
        {
            using var source = FrameSources.Open(Path.Combine(folder, picture.Key));
            using var frame = pool.Rent();
            if (!source.TryRead(frame, CancellationToken.None))
                throw new InvalidDataException($"{picture.Key}: no picture in it");
            foreach (var row in picture)
            {
                var plate = PlateOf(row);
                var began = Stopwatch.GetTimestamp();
                reader.Look(frame.Planes, [plate]);
                looks.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                began = Stopwatch.GetTimestamp();
                var read = reader.Decode(0, grammar);
                decodes.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                Write(output, row, read, reader.Features);
            }
        }
        Report("look", looks);
        Report("decode", decodes);
        return 0;
    }

    private static PlateDetection PlateOf(string[] row)
    {
        var box = row[1..5].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
        var (left, top, right, bottom) = (box[0], box[1], box[0] + box[2], box[1] + box[3]);
        return new PlateDetection(
            new Detection(left, top, box[2], box[3], 1),
            new PlateCorners(
                new Vector2(left, top), new Vector2(right, top), new Vector2(right, bottom), new Vector2(left, bottom)));
    }

    private static void Report(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        if (milliseconds.Count > 0)
            Console.Error.WriteLine(
                $"{what}: minimum {milliseconds[0]:0.000} ms, median {milliseconds[milliseconds.Count / 2]:0.000} ms");
    }

    private static void Write(Stream output, string[] row, PlateRead read, in PlateFeatures features)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("path", row[0]);
            json.WriteString("source", row[6]);
            json.WriteString("truth", row[5]);
            json.WriteString("text", read.Text);
            json.WriteString("format", read.Format);
            json.WriteNumber("rows", read.Rows);
            json.WriteNumber("confidence", read.Confidence);
            json.WriteNumber("posterior", PlateCalibration.Logit(features.Posterior));
            json.WriteNumber("mean", PlateCalibration.Logit(features.Mean));
            json.WriteNumber("least", PlateCalibration.Logit(features.Least));
            json.WriteNumber("fits", features.Fits ? 1 : 0);
            json.WriteNumber("width", PlateCalibration.LogWidth(features.Width));
            json.WriteStartArray("candidates");
            foreach (var candidate in read.Candidates) json.WriteStringValue(candidate.Text);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
