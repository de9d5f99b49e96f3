using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OpenCvSharp;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Bench;

/// <summary>From a clip to faces, against the pipeline that most .NET programs are: VideoCapture, Mat, Resize, CvtColor, a loop into
/// a DenseTensor, InferenceSession.Run, NMSBoxes.</summary>
/// <remarks>
/// The same weights with the same session options (one thread), the same thresholds, every frame of the same clip, in alternating
/// order in one run. It counts CPU seconds of the process, all threads (OpenCV's decoder takes as many as there are cores), after
/// a warm-up of each. The inference is the same on both sides and by far the largest part, so it is measured alone as well: what is
/// left is each side's own work. Both find the same faces except for the last digits of the scaling; otherwise they could not be
/// compared.
/// </remarks>
internal static class OpenCvBench
{
    private const int WarmUp = 30;

    /// <summary>Besides the inference, which both have, ours must cost no more.</summary>
    private const double WantedRatio = 1;

    /// <summary>The share of frames that may differ in the number of faces: one whose score is at the threshold.</summary>
    private const double MostDiffering = 0.02;

    /// <returns>0 when within the bounds, else 1; 1 and a message if OpenCV can't be loaded.</returns>
    public static int Run(string clip, string models, int pairs)
    {
        const string Gtk = "/usr/lib/x86_64-linux-gnu/libgtk-3.so.0";
        if (!File.Exists(Gtk))
        {
            Console.Error.WriteLine($"opencv: {Gtk} is missing, nothing is compared: apt install libgtk-3-0");
            return 1;
        }
        using var model = ModelCatalog.Open(models).Load(FaceDetector.ModelId, threads: 1);
        using var session = Session(model.Card, models);
        var (warmTheirs, warmOurs) = (Theirs(clip, session, model.Card, WarmUp), Ours(clip, model, WarmUp));
        var (ours, theirs, infer) = (new List<double>(), new List<double>(), new List<double>());
        var (frames, differing) = (0, 0);
        for (var pair = 0; pair < pairs; pair++)
        {
            Look first, second;
            if (pair % 2 == 0) (first, second) = (Ours(clip, model, int.MaxValue), Theirs(clip, session, model.Card, int.MaxValue));
            else
            {
                second = Theirs(clip, session, model.Card, int.MaxValue);
                first = Ours(clip, model, int.MaxValue);
            }
            frames = first.Faces.Count;
            differing = first.Faces.Zip(second.Faces, (a, b) => a == b ? 0 : 1).Sum() + Math.Abs(frames - second.Faces.Count);
            ours.Add(1000 * first.Seconds / frames);
            theirs.Add(1000 * second.Seconds / frames);
            infer.Add(1000 * Inference(model, frames) / frames);
        }
        var (mine, peer, both) = (Median(ours), Median(theirs), Median(infer));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"opencv {Path.GetFileName(clip)}, {frames} frames to faces, CPU ms a frame (median of {pairs}): picket {mine:F3}, "
            + $"OpenCvSharp pipeline {peer:F3}, ratio {mine / peer:F3}; of it inference {both:F3}; "
            + $"without that {mine - both:F3} and {peer - both:F3}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  faces: {warmOurs.Faces.Sum()} and {warmTheirs.Faces.Sum()} in the first {WarmUp} frames; {differing} frames differ"));
        var beside = (mine - both) / (peer - both);
        return Bound.AtMost("opencv: CPU beside inference, the pipeline of most .NET programs = 1", beside, WantedRatio)
            | Bound.AtMost("opencv: part of the frames in which other faces are found", differing / (double)frames, MostDiffering);
    }

    private static Look Ours(string clip, InferenceModel model, int frames)
    {
        var faces = new List<int>();
        var seconds = Measured(() =>
        {
            using var pool = new FramePool(1);
            using var source = FrameSources.Open(clip);
            using var detector = new FaceDetector(model);
            var found = new Detection[128];
            while (faces.Count < frames)
            {
                using var frame = pool.Rent();
                if (!source.TryRead(frame, CancellationToken.None)) break;
                faces.Add(detector.Detect(frame.Planes, found));
            }
        });
        return new Look(seconds, faces);
    }

    private static Look Theirs(string clip, InferenceSession session, ModelCard card, int frames)
    {
        var (width, height) = (card.Input.Width, card.Input.Height);
        var (score, overlap) = (card.Parameter("score"), card.Parameter("iou"));
        var faces = new List<int>();
        var seconds = Measured(() =>
        {
            using var capture = new VideoCapture(clip);
            using var frame = new Mat();
            using var small = new Mat();
            using var rgb = new Mat();
            while (faces.Count < frames && capture.Read(frame))
            {
                Cv2.Resize(frame, small, new Size(width, height), 0, 0, InterpolationFlags.Area);
                Cv2.CvtColor(small, rgb, ColorConversionCodes.BGR2RGB);
                var tensor = new DenseTensor<float>([1, 3, height, width]);
                for (var y = 0; y < height; y++)
                {
                    for (var x = 0; x < width; x++)
                    {
                        var pixel = rgb.At<Vec3b>(y, x);
                        tensor[0, 0, y, x] = (pixel.Item0 - 127f) / 128f;
                        tensor[0, 1, y, x] = (pixel.Item1 - 127f) / 128f;
                        tensor[0, 2, y, x] = (pixel.Item2 - 127f) / 128f;
                    }
                }
                using var results = session.Run([NamedOnnxValue.CreateFromTensor(card.Input.Name, tensor)]);
                var scores = results.First(r => r.Name == card.Outputs[0].Name).AsTensor<float>();
                var boxes = results.First(r => r.Name == card.Outputs[1].Name).AsTensor<float>();
                var (rectangles, confidences) = (new List<Rect2d>(), new List<float>());
                for (var i = 0; i < scores.Dimensions[1]; i++)
                {
                    if (scores[0, i, 1] <= score) continue;
                    rectangles.Add(new Rect2d(
                        boxes[0, i, 0] * frame.Width, boxes[0, i, 1] * frame.Height,
                        (boxes[0, i, 2] - boxes[0, i, 0]) * frame.Width, (boxes[0, i, 3] - boxes[0, i, 1]) * frame.Height));
                    confidences.Add(scores[0, i, 1]);
                }
                OpenCvSharp.Dnn.CvDnn.NMSBoxes(rectangles, confidences, score, overlap, out var kept);
                faces.Add(kept.Length);
            }
        });
        return new Look(seconds, faces);
    }

    private static double Inference(InferenceModel model, int frames)
    {
        using var run = model.CreateRun();
        return Measured(() =>
        {
            for (var i = 0; i < frames; i++) run.Run();
        });
    }

    /// <summary>As <see cref="InferenceModel"/> has it, so that the two differ in what is around the inference.</summary>
    private static InferenceSession Session(ModelCard card, string models)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession(File.ReadAllBytes(Path.Combine(models, card.File)), options);
    }

    private static double Measured(Action work)
    {
        using var self = Process.GetCurrentProcess();
        var before = self.TotalProcessorTime;
        work();
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <param name="Faces">How many in each frame.</param>
    private sealed record Look(double Seconds, List<int> Faces);
}
