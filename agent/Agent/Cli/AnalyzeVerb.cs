using System.CommandLine;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Recognize;

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
        var faces = new Option<bool>("--faces") { Description = "Faces only; with neither flag faces and plates." };
        var plates = new Option<bool>("--plates") { Description = "Plates only." };
        var region = new Option<string?>("--region")
        {
            Description = "Plate grammar packs, comma-separated: pk, in, eu, gb, us, br.",
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
            "Prints the faces in pictures, clips and cameras. Example: picket analyze clip.mp4 --jsonl --faces")
        {
            inputs, jsonl, faces, plates, region, every,
        };
        verb.SetAction((parsed, cancel) =>
        {
            RefusePlates(parsed.GetValue(plates), parsed.GetValue(region));
            if (!parsed.GetValue(faces))
                Console.Error.WriteLine("picket: plates are not read yet, faces alone are analyzed");
            return Task.FromResult(
                Run(parsed.GetRequiredValue(inputs), parsed.GetValue(jsonl), parsed.GetValue(every), cancel));
        });
        return verb;
    }

    private static void RefusePlates(bool plates, string? region)
    {
        if (plates || region is not null)
            throw new PicketException(
                "plates: the plate models are not part of this version; "
                    + "leave out --plates and --region to analyze faces",
                ExitCode.PartMissing);
    }

    private static int Run(string[] arguments, bool jsonl, int? every, CancellationToken cancel)
    {
        using var models = FaceModels.Load(ModelCatalog.Open());
        using var output = Console.OpenStandardOutput();
        using var lines = new JsonLines(output);
        using var analysis = new FaceAnalysis(models, jsonl ? lines : null, every);
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
                if (jsonl) lines.Error(input.Source, e.Message);
                else Console.Error.WriteLine($"{input.Source}: {e.Message}");
            }
        }
        return (int)(failed == 0 ? ExitCode.Done : ExitCode.Failed);
    }

    private static void Analyze(Input input, FaceAnalysis analysis, FramePool pool, CancellationToken cancel)
    {
        using var source = FrameSources.Open(input.Location, cancel: cancel);
        var frame = pool.Rent();
        var next = pool.Rent();
        analysis.Begin(input.Source);
        try
        {
            var more = source.TryRead(frame, cancel);
            while (more)
            {
                // One frame ahead: what has but one is a picture, whatever its file is called.
                more = source.TryRead(next, cancel);
                if (!more && frame.Number == 0) analysis.Picture(frame);
                else analysis.Next(frame);
                (frame, next) = (next, frame);
            }
        }
        finally
        {
            // A source that breaks off, or is stopped by hand, still has its tracks.
            analysis.End();
            frame.Dispose();
            next.Dispose();
        }
    }
}
