using System.Globalization;
using System.Text.Json;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Track;

namespace Picket.Bench;

/// <summary>What our reader and PP-OCRv4 read in a manifest's boxes, given the same crop, without any grammar: a part
/// of <c>make eval-plates</c>.</summary>
internal static class PlatePeer
{
    /// <summary>Reads each labelled box of <c>manifest.csv</c> (columns path,x,y,w,h,text,source; nothing quoted) and
    /// prints <c>{"path","box":[x,y,w,h],"text","ours","peer"}</c>, a line per box; text is the label.</summary>
    /// <param name="models">The model pack.</param>
    /// <param name="folder">Holds the manifest.</param>
    /// <param name="prefix">Of the paths to read.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string repository, string models, string folder, string prefix)
    {
        using var peer = new PpOcrReader(repository);
        using var model = ModelCatalog.Open(models).Load(PlateReader.ModelId);
        using var ours = new GreedyPlateReader(model);
        using var pool = new FramePool(1);
        using var output = Console.OpenStandardOutput();
        var rows = File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).Select(line => line.Split(','));
        var wanted = rows.Where(row => row[5].Length > 0 && row[0].StartsWith(prefix, StringComparison.Ordinal));
        foreach (var picture in wanted.GroupBy(row => row[0]))
        {
            using var source = FrameSources.Open(Path.Combine(folder, picture.Key));
            using var frame = pool.Rent();
            if (!source.TryRead(frame, CancellationToken.None))
                throw new InvalidDataException($"{picture.Key}: no picture in it");
            foreach (var row in picture)
            {
                var side = row[1..5].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
                var box = new Detection(side[0], side[1], side[2], side[3], 1);
                Write(output, row, side, ours.Read(frame.Planes, box), peer.Read(frame.Planes, box));
            }
        }
        return 0;
    }

    private static void Write(Stream output, string[] row, float[] box, string ours, string peer)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("path", row[0]);
            json.WriteStartArray("box");
            foreach (var side in box) json.WriteNumberValue((decimal)side);
            json.WriteEndArray();
            json.WriteString("text", row[5]);
            json.WriteString("ours", ours);
            json.WriteString("peer", peer);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
