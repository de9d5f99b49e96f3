using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;

namespace Picket.Bench;

/// <summary>What the plate detector alone finds in a manifest's pictures, before the reader is consulted.</summary>
internal static class PlateFinds
{
    private const int MaxPlates = 256;

    /// <summary>Prints a line per picture of <c>manifest.csv</c>: <c>{"path","plates":[{"box","score"}]}</c>, best
    /// score first; milliseconds go to standard error.</summary>
    /// <param name="models">The model pack.</param>
    /// <param name="folder">Holds the manifest.</param>
    /// <param name="prefix">Of the paths to search.</param>
    /// <param name="smallest">Width in pixels of the smallest plate wanted; 0: no tiles.</param>
    /// <param name="halved">One more look at half the size.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string models, string folder, string prefix, int smallest, bool halved)
    {
        using var model = ModelCatalog.Open(models).Load(PlateDetector.ModelId);
        using var detector = new PlateDetector(model);
        using var pool = new FramePool(1);
        using var output = Console.OpenStandardOutput();
        var found = new PlateDetection[MaxPlates];
        var (pictures, time) = (0, TimeSpan.Zero);
        var paths = File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).Select(line => line.Split(',')[0]);
        foreach (var path in paths.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).Distinct())
        {
            using var source = FrameSources.Open(Path.Combine(folder, path));
            using var frame = pool.Rent();
            if (!source.TryRead(frame, CancellationToken.None))
                throw new InvalidDataException($"{path}: no picture in it");
            var grid = detector.GridFor(frame.Width, frame.Height, smallest);
            var began = Stopwatch.GetTimestamp();
            var count = detector.Detect(frame.Planes, found, grid, halved);
            time += Stopwatch.GetElapsedTime(began);
            pictures++;
            Write(output, path, found.AsSpan(0, count));
        }
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{pictures} pictures, {time.TotalMilliseconds / pictures:F1} ms each"));
        return 0;
    }

    private static void Write(Stream output, string path, ReadOnlySpan<PlateDetection> plates)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            json.WriteStartArray("plates");
            foreach (var plate in plates)
            {
                json.WriteStartObject();
                json.WriteStartArray("box");
                foreach (var side in (float[])[plate.Box.X, plate.Box.Y, plate.Box.Width, plate.Box.Height])
                    json.WriteNumberValue(decimal.Round((decimal)side, 1));
                json.WriteEndArray();
                json.WriteNumber("score", decimal.Round((decimal)plate.Box.Score, 3));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
