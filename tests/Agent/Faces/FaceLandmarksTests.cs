using System.Globalization;
using System.Numerics;
using Picket.Agent.Faces;
using Picket.Agent.Ingest;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceLandmarksTests
{
    // Hand sum: point i lies at (i, 2i), so the means are those of the indices named in facts of the iBUG order.
    [Fact]
    public void ToFive_NumberedPoints_TakesTheRightOnes()
    {
        var points = Enumerable.Range(0, 68).Select(i => new Vector2(i, 2 * i)).ToArray();
        var five = FaceLandmarks.ToFive(points);
        Assert.Equal(new Vector2(39, 78), five.LeftEye);
        Assert.Equal(new Vector2(45, 90), five.RightEye);
        Assert.Equal(new Vector2(30, 60), five.Nose);
        Assert.Equal(new Vector2(54, 108), five.MouthLeft);
        Assert.Equal(new Vector2(59, 118), five.MouthRight);
    }

    // 50 faces with five points marked by SeetaFace's authors. Their mean distance to ours, in eye distances, is the
    // usual error measure.
    [SharedDataFact]
    public void Find_MarkedFaces_AreNearTheMarks()
    {
        using var detector = FacePack.Models.CreateDetector();
        using var recognizer = FacePack.Models.CreateRecognizer();
        using var pool = new FramePool(1);
        var finder = new PictureFaces(detector);
        var folder = Repository.Shared("faces", "verify_hires");
        var errors = new List<float>();
        foreach (var row in FacePack.Rows(Path.Combine(folder, "landmarks5.csv")))
        {
            using var source = FrameSources.Open(Path.Combine(folder, row["path"]));
            using var frame = pool.Rent();
            Assert.True(source.TryRead(frame, default));
            var found = new Detection[PictureFaces.MaxFaces];
            var count = finder.Find(frame.Planes, found);
            Assert.True(count > 0, row["path"]);
            var box = PictureFaces.MostCentral(found.AsSpan(0, count), frame.Width, frame.Height);
            errors.Add(Error(recognizer.Look(frame.Planes, box).Points, row));
        }
        errors.Sort();
        Assert.True(
            errors[errors.Count / 2] < 0.06f, $"median error {errors[errors.Count / 2]:0.000} of the eye distance");
        Assert.True(errors[^1] < 0.25f, $"largest error {errors[^1]:0.000} of the eye distance");
    }

    private static float Error(FacePoints found, Dictionary<string, string> row)
    {
        var points = new Vector2[FacePoints.Count];
        found.CopyTo(points);
        var marks = new[] { "leye", "reye", "nose", "lmouth", "rmouth" }
            .Select(name => new Vector2(Number(row[name + "_x"]), Number(row[name + "_y"])))
            .ToArray();
        var eyes = Vector2.Distance(marks[0], marks[1]);
        return points.Zip(marks).Average(pair => Vector2.Distance(pair.First, pair.Second)) / eyes;
    }

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
}
