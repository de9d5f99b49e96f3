using System.Numerics.Tensors;

namespace Picket.Agent.Faces;

/// <summary>
/// A gallery read from a folder of <c>name/picture.jpg</c>: one embedding per picture, of its most central face.
/// </summary>
/// <remarks>One bad picture or folder never costs the others, nor keeps the node from starting: it is reported, and the
/// good rest is used.</remarks>
/// <param name="Problems">What can't be used, and what will not work well.</param>
internal sealed record GalleryFolder(FaceGallery Gallery, IReadOnlyList<GalleryProblem> Problems)
{
    /// <summary>At most this many look-alikes across names are reported: a list that was copied together twice has
    /// thousands.</summary>
    private const int MaxLikenesses = 20;

    /// <summary>
    /// How often two people who merely look alike may cause a warning; with the list's number of pairs it gives the
    /// cosine.
    /// </summary>
    private const double FalseWarnings = 0.01;

    /// <summary>Two pictures of one person are this unlike once in a few hundred (LFW).</summary>
    private const float Unlike = 0.1f;

    /// <summary>Reads all people in <paramref name="folder"/>, in the order of their names.</summary>
    /// <param name="models">Lent.</param>
    public static GalleryFolder Load(string folder, FaceModels models, CancellationToken cancel = default)
    {
        using var detector = models.CreateDetector();
        using var recognizer = models.CreateRecognizer();
        using var pictures = new GalleryPictures(detector, recognizer);
        var faces = new List<EnrolledFace>();
        var problems = new List<GalleryProblem>();
        foreach (var person in Entries(folder, folder, problems))
        {
            if (!Directory.Exists(person))
            {
                if (!IsOfTheSystem(person))
                    problems.Add(new(Path.GetFileName(person), "lies beside the people's folders; not used: it belongs in a "
                        + "folder with the person's name"));
                continue;
            }
            if (IsHidden(person))
                problems.Add(new(Path.GetFileName(person), "a hidden folder; not read"));
            else
                Enroll(person, pictures, recognizer.Dimensions, faces, problems, cancel);
        }
        Compare(faces, models.Curve, problems);
        if (faces.Count == 0)
            problems.Add(new(folder, "nobody is on the face list, and no face will be matched: it must be a folder of "
                + "name/picture.jpg"));
        var gallery = new FaceGallery(recognizer.Dimensions, [.. faces.Select(face => (face.Person, face.Embedding))]);
        return new GalleryFolder(gallery, problems);
    }

    private static void Enroll(
        string folder, GalleryPictures pictures, int dimensions, List<EnrolledFace> faces, List<GalleryProblem> problems,
        CancellationToken cancel)
    {
        var person = Path.GetFileName(folder);
        var (before, told) = (faces.Count, problems.Count);
        foreach (var file in Entries(folder, person, problems))
        {
            cancel.ThrowIfCancellationRequested();
            if (IsOfTheSystem(file)) continue;
            var where = $"{person}/{Path.GetFileName(file)}";
            if (Directory.Exists(file))
            {
                problems.Add(new(where, "nested too deep, not read: pictures belong directly in the person's folder"));
                continue;
            }
            var embedding = new float[dimensions];
            if (pictures.Read(file, embedding, out var isUsed, cancel) is { } problem) problems.Add(new(where, problem));
            if (isUsed) faces.Add(new EnrolledFace(person, where, embedding));
        }
        if (faces.Count == before && problems.Count == told)
            problems.Add(new(person, "no picture in the folder; the person can't be matched"));
    }

    /// <summary>Reports people who are on the list twice, and pictures of somebody else among a person's own.</summary>
    private static void Compare(List<EnrolledFace> faces, FalseMatchCurve curve, List<GalleryProblem> problems)
    {
        var pairs = Math.Max(1, (long)faces.Count * (faces.Count - 1) / 2);
        var alike = curve.Cosine(FalseWarnings / pairs);
        var told = new HashSet<(string, string)>();
        for (var i = 0; i < faces.Count; i++)
        {
            var (own, best) = (0, -1f);
            for (var j = 0; j < faces.Count; j++)
            {
                if (i == j) continue;
                var cosine = TensorPrimitives.Dot<float>(faces[i].Embedding, faces[j].Embedding);
                if (faces[i].Person == faces[j].Person)
                    (own, best) = (own + 1, MathF.Max(best, cosine));
                else if (j > i && cosine >= alike && told.Count < MaxLikenesses
                    && told.Add((faces[i].Person, faces[j].Person)))
                    problems.Add(new(faces[i].Where, $"the same face as {faces[j].Where} (cosine {cosine:0.00}): one person "
                        + "under two names, or twins; an alert may give either name"));
            }
            if (own > 0 && best < Unlike)
                problems.Add(new(faces[i].Where, $"unlike every other picture of {faces[i].Person} (cosine {best:0.00}): does "
                    + "it show somebody else?"));
        }
    }

    /// <summary>What lies in the folder, in the order of names; nothing, and a problem, if it can't be read.</summary>
    private static IEnumerable<string> Entries(string folder, string where, List<GalleryProblem> problems)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(where, $"the folder can't be read ({e.Message.Split('\n')[0].TrimEnd()})"));
            return [];
        }
    }

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    /// <summary>What file managers leave behind; nobody meant it as a picture.</summary>
    private static bool IsOfTheSystem(string path) =>
        File.Exists(path) && (IsHidden(path) || Path.GetFileName(path).ToLowerInvariant() is "thumbs.db" or "desktop.ini");

    private readonly record struct EnrolledFace(string Person, string Where, float[] Embedding);
}

/// <summary>What is wrong with a gallery folder, or with something in it.</summary>
/// <param name="Where">The folder or file as the person who keeps the list knows it: <c>name/picture.jpg</c>, or the
/// gallery folder itself.</param>
/// <param name="Reason">What is wrong, what follows from it, what to do.</param>
internal readonly record struct GalleryProblem(string Where, string Reason)
{
    public override string ToString() => $"gallery: {Where}: {Reason}";
}
