using Picket.Agent.Detect;
using Picket.Agent.Ingest;

namespace Picket.Agent.Recognize;

/// <summary>A gallery read from a folder of <c>name/picture.jpg</c>: one embedding per picture, of its most central
/// face.</summary>
/// <param name="Problems">Pictures that gave none; the others are in the gallery.</param>
internal sealed record GalleryFolder(FaceGallery Gallery, IReadOnlyList<GalleryProblem> Problems)
{
    /// <summary>Reads all people of <paramref name="folder"/>, in the order of their names.</summary>
    /// <param name="detector">Lent, as is <paramref name="recognizer"/>.</param>
    /// <exception cref="PicketException">The folder itself is missing or not readable.</exception>
    public static GalleryFolder Load(
        string folder, FaceDetector detector, FaceRecognizer recognizer, CancellationToken cancel = default)
    {
        var faces = new List<(string, float[])>();
        var problems = new List<GalleryProblem>();
        var finder = new PictureFaces(detector);
        using var pool = new FramePool(1);
        try
        {
            foreach (var person in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
            {
                foreach (var file in Directory.GetFiles(person).Order(StringComparer.Ordinal))
                {
                    cancel.ThrowIfCancellationRequested();
                    var name = Path.GetFileName(person);
                    var embedding = new float[recognizer.Dimensions];
                    if (Enroll(file, pool, finder, recognizer, embedding, cancel) is { } reason)
                        problems.Add(new GalleryProblem(name, Path.GetFileName(file), reason));
                    else
                        faces.Add((name, embedding));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"gallery {folder}: {e.Message}; it must be a readable folder of name/picture.jpg", ExitCode.BadUsage,
                e);
        }
        return new GalleryFolder(new FaceGallery(recognizer.Dimensions, faces), problems);
    }

    /// <returns>Null, or why the picture gives no embedding.</returns>
    private static string? Enroll(
        string file, FramePool pool, PictureFaces finder, FaceRecognizer recognizer, Span<float> embedding,
        CancellationToken cancel)
    {
        try
        {
            using var source = FrameSources.Open(file, cancel: cancel);
            using var frame = pool.Rent();
            if (!source.TryRead(frame, cancel)) return "no picture in it";
            var picture = frame.Planes;
            Span<Detection> found = stackalloc Detection[PictureFaces.MaxFaces];
            var count = finder.Find(picture, found);
            if (count == 0) return "no face";
            var box = PictureFaces.MostCentral(found[..count], picture.Width, picture.Height);
            return recognizer.Recognize(picture, box, embedding).IsUsable ? null : "the face cannot be aligned";
        }
        catch (SourceException e)
        {
            return e.Message;
        }
    }
}
