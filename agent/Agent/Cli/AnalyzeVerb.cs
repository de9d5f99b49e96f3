using System.CommandLine;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Cli;

/// <summary><c>picket analyze PATH|URL... --jsonl [--faces] [--plates] [--region CODE] [--every N]</c>: what the node
/// sees in pictures, clips and cameras.</summary>
internal static class AnalyzeVerb
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("PATH|URL")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "Pictures, clips, folders of them, rtsp:// addresses.",
        };
        var jsonl = new Option<bool>("--jsonl") { Description = "One JSON object a line." };
        var faces = new Option<bool>("--faces") { Description = "Only faces; with neither flag, faces and plates." };
        var plates = new Option<bool>("--plates") { Description = "Plates." };
        var region = new Option<string?>("--region")
        {
            Description = "Plate grammar packs, comma-separated: pk, in, eu, gb, us, br, ...; all compete by default.",
        };
        var every = new Option<int?>("--every")
        {
            Description = "Analyze every Nth frame (default: 8 a second, as the node does).",
        };
        every.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1) result.AddError("--every must be 1 or more");
        });
        var verb = new Command(
            "analyze",
            "Prints the faces and plates in pictures, clips and cameras. "
                + "Example: picket analyze gate.mp4 --jsonl --plates --region pk")
        {
            inputs, jsonl, faces, plates, region, every,
        };
        verb.SetAction((parsed, cancel) =>
        {
            var (wantsFaces, wantsPlates) = (parsed.GetValue(faces), parsed.GetValue(plates));
            var both = !wantsFaces && !wantsPlates;
            using var output = new StandardOutput();
            using var lines = parsed.GetValue(jsonl) ? new JsonLines(output) : null;
            return Task.FromResult(Run(
                parsed.GetRequiredValue(inputs),
                wantsFaces || both,
                wantsPlates || both ? Regions(parsed.GetValue(region)) : null,
                lines,
                parsed.GetValue(every),
                cancel));
        });
        return verb;
    }

    private static string[] Regions(string? codes) =>
        codes?.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        ?? [];

    // Regions: null when no plates are wanted, empty for all of them.
    private static int Run(
        string[] arguments, bool wantsFaces, string[]? regions, JsonLines? lines, int? every, CancellationToken cancel)
    {
        var catalog = ModelCatalog.Open();
        var grammar = regions is null ? null : PlateGrammar.Load(catalog.RegionsFolder, regions);
        using var faceModels = wantsFaces ? FaceModels.Load(catalog) : null;
        using var plateModels = grammar is null ? null : PlateModels.Load(catalog);
        using var faces = faceModels is null ? null : new FaceAnalysis(faceModels, lines);
        using var plates = plateModels is null ? null : new PlateAnalysis(plateModels, grammar!, lines);
        var analysis = new SourceAnalysis(faces, plates, lines, every);
        using var pool = new FramePool(2);
        var failed = 0;
        foreach (var input in Input.Expand(arguments))
        {
            try
            {
                Analyze(input, analysis, pool, cancel);
            }
            catch (PicketException e)
            {
                failed++;
                if (lines is not null) lines.Error(input.Source, e.Message);
                else Console.Error.WriteLine($"{input.Source}: {e.Message}");
            }
        }
        return (int)(failed == 0 ? ExitCode.Done : ExitCode.Failed);
    }

    private static void Analyze(Input input, SourceAnalysis analysis, FramePool pool, CancellationToken cancel)
    {
        using var source = input.Open(cancel);
        var frame = pool.Rent();
        var next = pool.Rent();
        analysis.Begin(input.Source);
        try
        {
            var more = source.TryRead(frame, cancel);
            while (more)
            {
                // Reads one frame ahead: a source with only one is a picture, whatever its file is called.
                more = source.TryRead(next, cancel);
                if (!more && frame.Number == 0) analysis.Picture(frame);
                else analysis.Next(frame);
                (frame, next) = (next, frame);
            }
        }
        finally
        {
            frame.Dispose();
            next.Dispose();
            // A source that breaks off, or is stopped by hand, still has its tracks.
            analysis.End();
        }
    }
}
