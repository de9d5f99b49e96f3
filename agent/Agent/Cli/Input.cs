using Picket.Agent.Ingest;

namespace Picket.Agent.Cli;

/// <summary>One picture, clip or address to read.</summary>
/// <param name="Source">As it is named in the results: the argument as given, or folder/name; credentials
/// masked.</param>
/// <param name="Location">Path or address to open; may hold credentials.</param>
internal readonly record struct Input(string Source, string Location)
{
    /// <summary>What is read from a folder; a file named on the command line is read whatever its name is.</summary>
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif",
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".mjpeg", ".mjpg", ".flv", ".ogv",
        ".h264", ".h265",
    };

    /// <summary>The arguments in the order given, folders replaced by their pictures and clips, sorted by
    /// name.</summary>
    public static IEnumerable<Input> Expand(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (FrameSources.IsAddress(argument) || !Directory.Exists(argument))
            {
                yield return new Input(CredentialMask.Mask(argument), argument);
                continue;
            }
            foreach (var file in Files(argument))
                yield return new Input($"{argument.TrimEnd('/')}/{Path.GetFileName(file)}", file);
        }
    }

    private static IEnumerable<string> Files(string folder)
    {
        try
        {
            return Directory.GetFiles(folder)
                .Where(file => Extensions.Contains(Path.GetExtension(file)))
                .Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"{folder}: cannot be read ({e.Message})", ExitCode.BadUsage, e);
        }
    }
}
