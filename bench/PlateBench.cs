using System.Diagnostics;
using System.Globalization;
using Picket.Agent.Infer;
using Picket.Agent.Plates;
using Spectre.Console;

namespace Picket.Bench;

/// <summary>The plate networks' time on one thread, as a ratio to PP-OCRv4's recognition in the same run.</summary>
internal static class PlateBench
{
    private const int Runs = 50;
    private const int PeerWidth = 160;

    /// <summary>Crops of one plate that the reader takes in one call.</summary>
    private const int Crops = 3;

    private const double DetectorLimit = 0.85;
    private const double ReaderLimit = 0.3;

    /// <summary>Takes the networks in turn, so that other work on the machine hits all alike; the minimum
    /// counts.</summary>
    /// <param name="models">Folder of the model pack.</param>
    /// <returns>0 when both ratios are within their limits, else 1.</returns>
    public static int Run(string repository, string models)
    {
        var catalog = ModelCatalog.Open(models);
        using var peerReader = new PpOcrReader(repository);
        using var detector = catalog.Load(PlateDetector.ModelId);
        using var small = catalog.Load(PlateDetector.SmallModelId);
        using var reader = catalog.Load(PlateReader.ModelId);
        using var peer = peerReader.CreateRun(PeerWidth);
        using var detect = detector.CreateRun();
        using var detectSmall = small.CreateRun();
        using var readOne = Batch(reader, 1);
        using var readThree = Batch(reader, Crops);
        InferenceRun[] runs = [peer, detect, detectSmall, readOne, readThree];
        var least = Measure(runs);

        var table = new Table()
            .Title($"plates, one thread, minimum of {Runs} runs each, taken in turn")
            .AddColumn("network")
            .AddColumn(new TableColumn("ms").RightAligned())
            .AddColumn(new TableColumn("of the peer").RightAligned())
            .AddColumn(new TableColumn("limit").RightAligned());
        AddRow(table, $"PP-OCRv4 recognition, {Size(peer)}", least[0], 1, null);
        var detectRatio = AddRow(table, $"{detector.Card.Id}, {Size(detect)}", least[1], least[0], DetectorLimit);
        AddRow(table, $"{small.Card.Id}, {Size(detectSmall)}", least[2], least[0], null);
        var readRatio = AddRow(table, $"{reader.Card.Id}, {Size(readOne)}", least[3], least[0], ReaderLimit);
        AddRow(table, $"{reader.Card.Id}, {Crops} crops in a call, a crop", least[4] / Crops, least[0], ReaderLimit);
        AnsiConsole.Write(table);
        return Bound.AtMost("plates: detector's time, PP-OCRv4 = 1", detectRatio, DetectorLimit)
            | Bound.AtMost("plates: reader's time, PP-OCRv4 = 1", readRatio, ReaderLimit);
    }

    private static InferenceRun Batch(InferenceModel model, int crops)
    {
        long[] Sized(long[] shape) => [crops, .. shape[1..]];
        return model.CreateRun(
            Sized(model.Card.Input.Shape), [.. model.Card.Outputs.Select(output => Sized(output.Shape))]);
    }

    private static double[] Measure(InferenceRun[] runs)
    {
        var random = new Random(1);
        foreach (var run in runs)
        {
            foreach (ref var value in run.Input) value = random.Next(256);
            run.Run(); // the first run allocates
        }
        var least = new double[runs.Length];
        Array.Fill(least, double.PositiveInfinity);
        for (var i = 0; i < Runs; i++)
        {
            for (var r = 0; r < runs.Length; r++)
            {
                var begun = Stopwatch.GetTimestamp();
                runs[r].Run();
                least[r] = Math.Min(least[r], Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        }
        return least;
    }

    private static double AddRow(Table table, string network, double milliseconds, double peer, double? limit)
    {
        var ratio = limit is null && peer == 1 ? 1 : milliseconds / peer;
        table.AddRow(
            network,
            milliseconds.ToString("F2", CultureInfo.InvariantCulture),
            ratio.ToString("F3", CultureInfo.InvariantCulture),
            limit?.ToString("F2", CultureInfo.InvariantCulture) ?? "");
        return ratio;
    }

    private static string Size(InferenceRun run) => string.Join('x', run.Card.Input.Shape[1..]);
}
