using System.Security.Cryptography;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

/// <summary>The ffmpeg program: makes the clips of these tests and says what is in them.</summary>
internal static class Ffmpeg
{
    /// <summary>Runs it with <paramref name="arguments"/> (split at spaces) and the output file last.</summary>
    public static async Task<string> Make(string target, string arguments)
    {
        await Run([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), target]);
        return target;
    }

    /// <summary>The MD5 of each frame's visible planes, as <c>-f framemd5</c> prints it.</summary>
    public static async Task<List<string>> FrameHashes(string file) =>
        [.. (await Run([.. Input(file), "-f", "framemd5", "-"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(',')[^1].Trim())];

    /// <summary>
    /// The planes of the first frame after conversion to <paramref name="pixelFormat"/>, one after the other without
    /// padding.
    /// </summary>
    public static async Task<byte[]> FirstFrame(string file, string pixelFormat, string filter)
    {
        using var folder = new TempFolder();
        await Run(
        [
            .. Input(file), "-frames:v", "1", "-vf", filter, "-pix_fmt", pixelFormat,
            "-f", "rawvideo", folder.File("raw"),
        ]);
        return await File.ReadAllBytesAsync(folder.File("raw"));
    }

    /// <summary>The MD5 of a frame's visible planes in the order of <c>-f framemd5</c>.</summary>
    public static string Hash(Frame frame) => Convert.ToHexStringLower(MD5.HashData(Bytes(frame)));

    /// <summary>A frame's visible planes one after the other without padding.</summary>
    public static byte[] Bytes(Frame frame)
    {
        var planes = frame.Planes;
        using var bytes = new MemoryStream();
        for (var row = 0; row < planes.Height; row++) bytes.Write(planes.Y.Slice(row * planes.StrideY, planes.Width));
        var width = planes.Layout == PixelLayout.Nv12 ? 2 * planes.ChromaWidth : planes.ChromaWidth;
        for (var row = 0; row < planes.ChromaHeight; row++) bytes.Write(planes.U.Slice(row * planes.StrideC, width));
        for (var row = 0; row < planes.ChromaHeight && !planes.V.IsEmpty; row++)
            bytes.Write(planes.V.Slice(row * planes.StrideC, width));
        return bytes.ToArray();
    }

    private static string[] Input(string file) => ["-i", "file:" + file, "-an", "-vsync", "passthrough"];

    private static Task<string> Run(string[] arguments) =>
        ExternalProgram.OutputOfAsync("ffmpeg", ["-v", "error", "-nostdin", "-y", "-threads", "1", .. arguments]);
}
