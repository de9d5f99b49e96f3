using Picket.Agent.Imaging;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Finds the faces in a single picture, where there is no next frame to hope for: looks again, harder, before
/// concluding that there is none.</summary>
/// <param name="detector">Lent.</param>
internal sealed class PictureFaces(FaceDetector detector)
{
    /// <summary>More faces than the detector resolves in one look.</summary>
    public const int MaxFaces = 128;

    private const int FinestGrid = 3;

    /// <summary>The last look's minimum score: a face that is turned, cut or veiled still reaches it.</summary>
    private const float LenientScore = 0.5f;

    /// <summary>Further looks count faces from this height in pixels: smaller ones tell nobody apart, and foliage and
    /// bricks look like them.</summary>
    private const float LeastHeight = 20;

    /// <summary>Finds faces as the node does; if there are none, in tiles, then in the picture shrunk to half its size
    /// within a border, then with a lower score.</summary>
    /// <returns>How many were written to <paramref name="found"/>, best score first.</returns>
    public int Find(in YuvPlanes picture, Span<Detection> found)
    {
        var count = detector.Detect(picture, found);
        if (count == 0) count = KeepLarge(found[..detector.Detect(picture, found, FinestGrid, detector.Score)]);
        if (count == 0) count = KeepLarge(found[..detector.DetectWithBorder(picture, found)]);
        if (count == 0) count = KeepLarge(found[..detector.Detect(picture, found, 1, LenientScore)]);
        return count;
    }

    /// <summary>The face whose center is nearest to the picture's, distances measured in widths and heights of the
    /// picture.</summary>
    /// <param name="faces">At least one.</param>
    public static Detection MostCentral(ReadOnlySpan<Detection> faces, int width, int height)
    {
        var best = 0;
        for (var i = 1; i < faces.Length; i++)
        {
            if (OffCenter(faces[i], width, height) < OffCenter(faces[best], width, height)) best = i;
        }
        return faces[best];
    }

    /// <summary>The squared distance of the face from the picture's center, in widths and heights of the
    /// picture.</summary>
    public static float OffCenter(in Detection face, int width, int height)
    {
        var x = face.CenterX / width - 0.5f;
        var y = face.CenterY / height - 0.5f;
        return x * x + y * y;
    }

    private static int KeepLarge(Span<Detection> faces)
    {
        var kept = 0;
        foreach (ref readonly var face in faces)
        {
            if (face.Height >= LeastHeight) faces[kept++] = face;
        }
        return kept;
    }
}
