using System.CommandLine;
using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary><c>picket embed PATH... --jsonl [--all]</c>: the embeddings of the faces in pictures.</summary>
internal static class EmbedVerb
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "Pictures, or folders of pictures.",
        };
        var jsonl = new Option<bool>("--jsonl") { Description = "One JSON object a line, with the embedding." };
        var all = new Option<bool>("--all") { Description = "All faces of a picture instead of the most central one." };
        var verb = new Command(
            "embed", "Prints the embedding of the face in each picture. Example: picket embed photo.jpg --jsonl")
        {
            paths, jsonl, all,
        };
        verb.SetAction((parsed, cancel) =>
            Task.FromResult(Run(parsed.GetRequiredValue(paths), parsed.GetValue(jsonl), parsed.GetValue(all), cancel)));
        return verb;
    }

    private static int Run(string[] paths, bool jsonl, bool all, CancellationToken cancel)
    {
        using var models = FaceModels.Load(ModelCatalog.Open());
        using var detector = models.CreateDetector();
        using var recognizer = models.CreateRecognizer();
        using var output = new StandardOutput();
        using var lines = jsonl ? new JsonLines(output) : null;
        using var pool = new FramePool(1);
        var finder = new PictureFaces(detector);
        var results = new Results(lines, recognizer, new float[recognizer.Dimensions]);
        var failed = 0;
        foreach (var input in Input.Expand(paths))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var source = input.Open(cancel);
                using var frame = pool.Rent();
                if (!source.TryRead(frame, cancel)) throw new PicketException($"{input.Source}: there is no picture in it");
                results.Write(input.Source, frame.Planes, finder, all);
            }
            catch (PicketException e)
            {
                failed++;
                results.Error(input.Source, e.Message);
            }
        }
        return (int)(failed == 0 ? ExitCode.Done : ExitCode.Failed);
    }

    /// <summary>Writes what was found, as JSON or in words. Embeddings are only written to JSON: they are what a face
    /// can be searched by.</summary>
    private sealed class Results(JsonLines? lines, FaceRecognizer recognizer, float[] embedding)
    {
        private readonly Detection[] _found = new Detection[PictureFaces.MaxFaces];

        public void Write(string source, in YuvPlanes picture, PictureFaces finder, bool all)
        {
            var count = finder.Find(picture, _found);
            if (count > 0 && !all)
            {
                _found[0] = PictureFaces.MostCentral(_found.AsSpan(0, count), picture.Width, picture.Height);
                count = 1;
            }
            var written = 0;
            foreach (ref readonly var box in _found.AsSpan(0, count))
            {
                var shot = recognizer.Recognize(picture, box, embedding);
                if (!shot.IsUsable) continue;
                WriteFace(source, picture, box, shot.Quality);
                written++;
            }
            if (written == 0) Error(source, "no face");
        }

        public void Error(string source, string error)
        {
            if (lines is null) Console.Error.WriteLine($"{source}: {error}");
            else lines.Error(source, error);
        }

        private void WriteFace(string source, in YuvPlanes picture, in Detection box, float quality)
        {
            if (lines is null)
            {
                Console.Out.WriteLine(
                    $"{source}: face of {box.Width:0}x{box.Height:0} at {box.X:0},{box.Y:0}, quality {quality:0.00}");
                return;
            }
            var json = lines.Begin();
            json.WriteString("source", source);
            JsonLines.WriteBox(json, box, picture.Width, picture.Height);
            json.WriteNumber("quality", JsonLines.Round(quality, 3));
            json.WriteString("model", recognizer.Model);
            json.WriteStartArray("embedding");
            foreach (var number in embedding) json.WriteNumberValue(number);
            json.WriteEndArray();
            lines.End();
        }
    }
}
