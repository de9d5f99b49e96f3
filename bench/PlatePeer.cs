using System.Globalization;
using System.Text.Json;
using Picket.Agent.Ingest;

namespace Picket.Bench;

/// <summary>What PP-OCRv4 reads in a manifest's boxes: the peer of <c>make eval-plates</c>.</summary>
internal static class PlatePeer
{
    /// <summary>Reads each labelled box of <c>manifest.csv</c> (columns path,x,y,w,h,text,source; nothing quoted) and
    /// prints <c>{"path","box":[x,y,w,h],"truth","text"}</c>, a line per box.</summary>
    /// <param name="folder">Holds the manifest.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string repository, string folder)
    {
        using var reader = new PpOcrReader(repository);
        using var pool = new FramePool(1);
        using var output = Console.OpenStandardOutput();
        var rows = File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).Select(line => line.Split(','));
        foreach (var picture in rows.Where(row => row[5].Length > 0).GroupBy(row => row[0]))
        {
            using var source = FrameSources.Open(Path.Combine(folder, picture.Key));
            using var frame = pool.Rent();
            if (!source.TryRead(frame, CancellationToken.None))
                throw new InvalidDataException($"{picture.Key}: no picture in it");
            foreach (var row in picture)
            {
                var box = row[1..5].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
                var text = reader.Read(frame.Planes, box[0], box[1], box[2], box[3]);
                Write(output, picture.Key, box, row[5], text);
            }
        }
        return 0;
    }

    private static void Write(Stream output, string path, float[] box, string truth, string text)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            json.WriteStartArray("box");
            foreach (var side in box) json.WriteNumberValue((decimal)side);
            json.WriteEndArray();
            json.WriteString("truth", truth);
            json.WriteString("text", text);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
