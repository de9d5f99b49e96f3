using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Makes embeddings of enrollment pictures and judges them: better to learn at the start than never that a
/// picture can't match, or shows two people.</summary>
/// <param name="detector">Lent, as is <paramref name="recognizer"/>.</param>
internal sealed class GalleryPictures(FaceDetector detector, FaceRecognizer recognizer) : IDisposable
{
    /// <summary>A face of this height fills a third of the embedder's input; below it no picture can tell people
    /// apart.</summary>
    private const float LeastHeight = 40;

    /// <summary>Of 203 portraits tried, one in fifty scored below this: turned far away, blurred, or hidden.</summary>
    private const float LeastQuality = 0.2f;

    /// <summary>Another face with at least this share of the chosen one's height is no bystander: it is unclear who is
    /// meant.</summary>
    private const float NoBystander = 0.6f;

    /// <summary>The chosen face is meant if it is this much nearer to the center than any other of its size.</summary>
    private const float ClearlyCentral = 0.5f;

    /// <summary>
    /// How strongly the embedder responds to an upright face: of 50 portraits turned all four ways, 48 exceeded this
    /// when upright, and none did when lying on its side or upside down (5.9 at most).
    /// </summary>
    private const float UprightStrength = 6.4f;

    /// <summary>The two strongest turns were at least a sixth apart; upright is believed if it comes within a tenth of
    /// the strongest.</summary>
    private const float UprightShare = 1.1f;

    /// <summary>A picture is looked at from all four sides unless it clearly shows an upright face.</summary>
    private static readonly Orientation[] Turns =
        [Orientation.Upright, new(true, true, false), new(false, true, true), new(true, false, true)];

    private readonly FramePool _pool = new(1);
    private readonly PictureFaces _finder = new(detector);
    private readonly Detection[] _found = new Detection[PictureFaces.MaxFaces];

    /// <summary>Reads the file's face.</summary>
    /// <param name="embedding">Filled when <paramref name="isUsed"/>.</param>
    /// <returns>Null, or what is wrong with the picture.</returns>
    public string? Read(string file, Span<float> embedding, out bool isUsed, CancellationToken cancel)
    {
        isUsed = false;
        try
        {
            using var source = FrameSources.Open(file, cancel: cancel);
            using var frame = _pool.Rent();
            if (!source.TryRead(frame, cancel)) return "no picture in it";
            return Judge(frame, embedding, out isUsed);
        }
        catch (SourceException e)
        {
            return e.Message;
        }
    }

    public void Dispose() => _pool.Dispose();

    private string? Judge(Frame frame, Span<float> embedding, out bool isUsed)
    {
        isUsed = false;
        var turned = BestTurn(frame);
        if (turned < 0) return "no face found in it; not used: take a picture of the face from the front";
        if (turned > 0 && frame.TurnFurther(Turns[turned]) is { } complaint) return complaint;
        var picture = frame.Planes;
        var count = _finder.Find(picture, _found);
        if (count == 0) return "no face found in it; not used: take a picture of the face from the front";
        var box = PictureFaces.MostCentral(_found.AsSpan(0, count), picture.Width, picture.Height);
        var people = Comparable(box, count, picture.Width, picture.Height, out var isCentral);
        if (people > 1 && !isCentral)
            return $"it shows {people} people, and it is unclear who is meant; not used: crop it to one face";
        var shot = recognizer.Recognize(picture, box, embedding);
        if (!shot.IsUsable) return "the face can't be aligned; not used: take a picture of the face from the front";
        isUsed = true;
        if (people > 1) return $"it shows {people} people; the one in the middle is used: crop it to one face";
        if (box.Height < LeastHeight)
            return $"the face is {box.Width:0}x{box.Height:0} pixels, too small to tell people apart (80 pixels of height "
                + "or more are good); used, but it will hardly match";
        if (turned > 0)
            return $"the face is upright only when turned clockwise by {turned * 90} degrees; used that way: save it upright";
        if (shot.Quality < LeastQuality)
            return $"the face is blurred, hidden or turned away (quality {shot.Quality:0.00}; good ones have 0.40 and more); "
                + "used, but it will hardly match";
        return null;
    }

    /// <summary>How many faces are about as large as the chosen one, itself included.</summary>
    /// <param name="isCentral">None of them is nearly as close to the middle.</param>
    private int Comparable(in Detection chosen, int count, int width, int height, out bool isCentral)
    {
        var people = 0;
        isCentral = true;
        var own = PictureFaces.OffCenter(chosen, width, height);
        foreach (ref readonly var face in _found.AsSpan(0, count))
        {
            if (face == chosen) people++;
            else if (face.Score >= detector.Score && face.Height >= chosen.Height * NoBystander)
            {
                people++;
                isCentral &= own < PictureFaces.OffCenter(face, width, height) * ClearlyCentral * ClearlyCentral;
            }
        }
        return people;
    }

    /// <summary>
    /// How many quarter turns clockwise make the picture upright, or -1 when no turn shows a face in it. Leaves the
    /// picture unchanged.
    /// </summary>
    private int BestTurn(Frame frame)
    {
        var best = -1;
        var strongest = 0f;
        Span<float> embedding = stackalloc float[recognizer.Dimensions];
        for (var i = 0; i < Turns.Length; i++)
        {
            if (i > 0 && frame.TurnFurther(Turns[i]) is not null) break;
            var picture = frame.Planes;
            var count = _finder.Find(picture, _found);
            if (count > 0)
            {
                var box = PictureFaces.MostCentral(_found.AsSpan(0, count), picture.Width, picture.Height);
                recognizer.Recognize(picture, box, embedding);
                if (i == 0 && recognizer.Strength >= UprightStrength) return 0;
                var strength = recognizer.Strength * (i == 0 ? UprightShare : 1);
                if (strength > strongest) (best, strongest) = (i, strength);
            }
        }
        frame.TurnFurther(Orientation.Upright);
        return best;
    }
}
