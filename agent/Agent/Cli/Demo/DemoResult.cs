using System.Globalization;
using System.Text.Json;
using Picket.Agent.Telemetry;
using Spectre.Console;

namespace Picket.Agent.Cli.Demo;

/// <summary>The demo's end: what was counted, and whether it matches the truth.</summary>
internal sealed record DemoResult(
    NodeSnapshot? Telemetry,
    DeliveryCheck Delivery,
    TimeSpan? FirstAlert,
    int Passages,
    int Shown,
    DemoPlates? Plates,
    IReadOnlyList<string> Wrong)
{
    /// <summary>
    /// Longest wait for a passage's first event: the detector's second look, the shot, the embedding. Somebody shown for
    /// less need not be seen.
    /// </summary>
    private const double NoticedAfterSeconds = 2;

    public bool Fits => Wrong.Count == 0;

    public static DemoResult Judge(
        DemoSite site,
        DemoClipSet clips,
        DemoWatch watch,
        bool drained,
        DeliveryCheck delivery,
        bool simulated,
        int faults)
    {
        var wrong = new List<string>();
        if (!drained) wrong.Add("the line did not drain within 60 s, or the node did not end as it should");
        foreach (var (name, count) in delivery.Differences) wrong.Add($"{name}: {count}");
        var told = watch.Alerts
            .GroupBy(a => (a.Passage, a.Phase, a.Similarity))
            .Where(g => g.Key.Phase == "new" && g.Count() > 1)
            .Count();
        if (told > 0) wrong.Add($"alerts shown twice: {told}");
        var faces = watch.Alerts.Where(a => a.Person is not null).ToArray();
        var passages = faces.Where(a => a.Phase == "new").Select(a => a.Passage).Distinct().Count();
        var shown = 0;
        if (simulated)
        {
            if (faces.FirstOrDefault(a => a.Camera != DemoSite.ListedCamera) is { } stray)
                wrong.Add($"an alert from camera {stray.Camera}, where nobody on the list was shown");
            if (faces.FirstOrDefault(a => a.Person != DemoClips.FranckName) is { } other)
                wrong.Add($"an alert for {other.Person}, who is not on the list");
            // A fault hides the person for a while or cuts a passage in two; an undisturbed run must be exact. Only the last
            // passage may go either way, if the end came within its first moments.
            var least = PresencesShown(site, clips, NoticedAfterSeconds);
            var most = PresencesShown(site, clips, 0);
            shown = Math.Clamp(passages, least, most);
            if (faults == 0 && passages != shown) wrong.Add($"{shown} passages were shown, {passages} were reported");
            if (passages == 0) wrong.Add("nobody was recognized");
        }
        var plates = simulated ? DemoPlates.Judge(site, clips, watch, faults, wrong) : null;
        return new DemoResult(site.Telemetry(), delivery, watch.FirstAlert, passages, shown, plates, wrong);
    }

    public void Print(bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(Json());
            return;
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Out),
            Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (Console.IsOutputRedirected) console.Profile.Width = 120;
        console.Write(CameraTable());
        console.Write(DeliveryTable());
        console.MarkupLine(Fits
            ? "[green]correct: everything shown was reported, every event is at the center exactly once[/]"
            : "[red]not correct:[/]");
        foreach (var line in Wrong) console.MarkupLineInterpolated($"[red]  {line}[/]");
    }

    /// <summary>A row for each counter, a column for each camera: three cameras fit a terminal of 80 columns.</summary>
    private Table CameraTable()
    {
        var cameras = Telemetry?.Cameras ?? [];
        var table = new Table().Border(TableBorder.Rounded).AddColumn("counter");
        foreach (var camera in cameras) table.AddColumn(new TableColumn(Markup.Escape(camera.Camera)).RightAligned());
        void Row(string counter, Func<CameraSnapshot, long> read) =>
            table.AddRow((string[])[counter, .. cameras.Select(camera => N(read(camera)))]);
        Row("frames", c => c.Frames);
        Row("dropped", c => c.Dropped);
        Row("detector ran", c => c.Analyzed);
        Row("tracks", c => c.Tracks);
        Row("shots recognized", c => c.Recognitions);
        Row("plates read", c => c.PlateShots);
        Row("events", c => c.Events);
        Row("reconnects", c => c.Reconnects);
        return table;
    }

    private Table DeliveryTable()
    {
        var table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn("what")
            .AddColumn(new TableColumn("figure").RightAligned());
        table.AddRow("first alert after the start", FirstAlert is { } first ? $"{first.TotalSeconds:F1} s" : "none");
        table.AddRow("passages shown by the camera", Shown > 0 ? N(Shown) : "unknown");
        table.AddRow("passages reported", N(Passages));
        if (Plates is { } plates)
        {
            table.AddRow("vehicles shown by the camera", N(plates.Shown));
            table.AddRow("vehicles reported with their plate", N(plates.Told));
            table.AddRow("hits on the list of plates", N(plates.Hits));
        }
        table.AddRow("events made, in the outbox", N(Delivery.Events));
        table.AddRow("events at the center", N(Delivery.Stored));
        table.AddRow("crops", N(Delivery.Crops));
        table.AddRow("decode to acknowledgment, p50", Ms(Telemetry?.LatencyP50));
        table.AddRow("decode to acknowledgment, p95", Ms(Telemetry?.LatencyP95));
        table.AddRow("decode to acknowledgment, p99", Ms(Telemetry?.LatencyP99));
        table.AddRow("decode to acknowledgment, longest", Ms(Telemetry?.LatencyMax));
        return table;
    }

    private string Json()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("fits", Fits);
            writer.WritePropertyName("wrong");
            writer.WriteStartArray();
            foreach (var line in Wrong) writer.WriteStringValue(line);
            writer.WriteEndArray();
            if (FirstAlert is { } first) writer.WriteNumber("firstAlertSeconds", first.TotalSeconds);
            writer.WriteNumber("passagesShown", Shown);
            writer.WriteNumber("passagesTold", Passages);
            if (Plates is { } plates)
            {
                writer.WriteNumber("vehiclesShown", plates.Shown);
                writer.WriteNumber("vehiclesTold", plates.Told);
                writer.WriteNumber("hitsTold", plates.Hits);
            }
            writer.WriteNumber("events", Delivery.Events);
            writer.WriteNumber("stored", Delivery.Stored);
            writer.WriteNumber("crops", Delivery.Crops);
            writer.WriteBoolean("exact", Delivery.Exact);
            if (Telemetry is not null)
            {
                writer.WritePropertyName("telemetry");
                JsonSerializer.Serialize(writer, Telemetry, TelemetryJson.Default.NodeSnapshot);
            }
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>
    /// How many passages the listed person's camera has shown for at least <paramref name="forSeconds"/>, from the frames
    /// it sent on its one connection.
    /// </summary>
    private static int PresencesShown(DemoSite site, DemoClipSet clips, double forSeconds) =>
        clips.FranckPresences.Sum(p => p.TimesShown(site.Listed.FramesSent, clips.FranckH264, forSeconds));

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Ms(double? value) =>
        value is { } v ? v.ToString("F0", CultureInfo.InvariantCulture) + " ms" : "none";
}
