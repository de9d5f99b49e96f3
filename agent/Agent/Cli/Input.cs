using Picket.Agent.Ingest;
using Picket.Wire;

namespace Picket.Agent.Cli;

/// <summary>One picture, clip or address to read.</summary>
/// <param name="Source">As it is named in the results: the argument as given, or folder/name; credentials
/// masked.</param>
/// <param name="Location">Path or address to open; may hold credentials.</param>
/// <param name="Nothing">Null, or why there is nothing to read: a folder without a picture or clip.</param>
internal readonly record struct Input(string Source, string Location, string? Nothing = null)
{
    /// <summary>What is read from a folder; a file named on the command line is read whatever its name.</summary>
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
                yield return new Input(IsFile(argument) ? argument : CredentialMask.MaskAddress(argument), argument);
                continue;
            }
            var folder = argument.TrimEnd('/');
            var files = Files(argument, out var nothing);
            foreach (var file in files) yield return new Input($"{folder}/{Path.GetFileName(file)}", file);
            if (nothing is not null) yield return new Input(argument, argument, nothing);
        }
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="PicketException">It can't be opened, or there is nothing to read.</exception>
    public IFrameSource Open(CancellationToken cancel) => Nothing is null
        ? FrameSources.Open(Location, cancel: cancel)
        : throw new PicketException($"{Source}: {Nothing}", ExitCode.BadUsage);

    /// <summary>A file's name is no secret, whatever it looks like.</summary>
    private static bool IsFile(string argument) => !FrameSources.IsAddress(argument) && File.Exists(argument);

    /// <summary>The folder's pictures and clips, sorted by name.</summary>
    /// <param name="nothing">Null, or why there are none: one unreadable folder does not prevent reading the others.</param>
    private static string[] Files(string folder, out string? nothing)
    {
        try
        {
            var all = Directory.GetFiles(folder);
            string[] files =
            [
                .. all.Where(file => Extensions.Contains(Path.GetExtension(file)) || UnreadKinds.IsNamed(file))
                    .Order(StringComparer.Ordinal),
            ];
            nothing = files.Length > 0 ? null : WhatIsThere(folder, Directory.GetDirectories(folder).Length, all.Length);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            nothing = $"can't be read ({e.Message})";
            return [];
        }
    }

    private static string WhatIsThere(string folder, int folders, int files) => (folders, files) switch
    {
        (0, 0) => "the folder is empty",
        (0, _) => $"no picture or clip among the {files} files of the folder",
        _ => $"no picture or clip lies directly in the folder, only {folders} more folders: give those, as in "
            + $"{folder.TrimEnd('/')}/*",
    };
}
