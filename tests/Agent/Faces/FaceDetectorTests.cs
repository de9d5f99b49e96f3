using System.Globalization;
using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceDetectorTests : IDisposable
{
    private readonly FaceDetector _detector = FacePack.Models.CreateDetector();
    private readonly FramePool _pool = new(1);
    private readonly Detection[] _found = new Detection[128];

    public void Dispose()
    {
        _detector.Dispose();
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
    }

    // 18 faces drawn by hand (dlib's examples): a found box counts when it shares a third with the drawn one, which is
    // square.
    [SharedDataFact]
    public void Detect_HandDrawnFaces_AllAreFound()
    {
        var folder = Repository.Shared("faces", "detect");
        foreach (var picture in FacePack.Rows(Path.Combine(folder, "manifest.csv")).GroupBy(row => row["path"]))
        {
            var found = Find(Path.Combine(folder, picture.Key));
            foreach (var row in picture)
            {
                var drawn = new Detection(Number(row["x"]), Number(row["y"]), Number(row["w"]), Number(row["h"]), 1);
                Assert.True(found.Any(box => box.IoU(drawn) > 0.33f), $"{picture.Key}: nothing found at {drawn}");
            }
        }
    }

    // 28 nose points (CompreFace's samples): a good box contains its point.
    [SharedDataFact]
    public void Detect_NosePoints_EachLiesInABox()
    {
        var folder = Repository.Shared("faces", "detect");
        foreach (var picture in FacePack.Rows(Path.Combine(folder, "nose_points.csv")).GroupBy(row => row["path"]))
        {
            var found = Find(Path.Combine(folder, picture.Key));
            foreach (var row in picture)
            {
                var (x, y) = (Number(row["nose_x"]), Number(row["nose_y"]));
                Assert.True(
                    found.Any(box => x > box.X && x < box.Right && y > box.Y && y < box.Bottom),
                    $"{picture.Key}: no box around {x},{y}");
            }
        }
    }

    [Fact]
    public void Detect_EmptyPicture_FindsNothing()
    {
        var gray = new byte[320 * 240];
        gray.AsSpan().Fill(128);
        Assert.Equal(0, _detector.Detect(Picture(gray, 320, 240), _found, 3, _detector.Score));
    }

    [Fact]
    public void Detect_SameSizeAgain_AllocatesNothing()
    {
        var gray = new byte[320 * 240];
        var picture = Picture(gray, 320, 240);
        _detector.Detect(picture, _found, 2, 0);
        var count = 0;
        Assert.Equal(0, Allocation.Of(() => count = _detector.Detect(Picture(gray, 320, 240), _found, 2, 0)));
        Assert.True(count > 0, "with a score of 0 something is found");
    }

    [Fact]
    public void Detect_NoRoomForTheFound_ReturnsNone()
    {
        Assert.Equal(0, _detector.Detect(Picture(new byte[320 * 240], 320, 240), [], 1, 0));
    }

    private static YuvPlanes Picture(byte[] plane, int width, int height) => new()
    {
        Y = plane,
        U = plane,
        V = plane,
        StrideY = width,
        StrideC = width,
        Width = width,
        Height = height,
        Layout = PixelLayout.I444,
        Bt709 = false,
        FullRange = true,
    };

    private Detection[] Find(string path)
    {
        using var source = FrameSources.Open(path);
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        return _found[.._detector.Detect(frame.Planes, _found)];
    }

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
}
