using System.Globalization;
using System.Text.RegularExpressions;

namespace Picket.Faults.Power;

/// <summary>Reads what strace recorded (<see cref="Arguments"/>) as changes of the files of one folder.</summary>
internal static partial class StraceLog
{
    /// <summary>What strace has to be called with, before the program and its arguments.</summary>
    /// <param name="output">The log.</param>
    /// <param name="paths">Of the files and of their folder; nothing else is recorded.</param>
    public static string[] Arguments(string output, params IEnumerable<string> paths) =>
    [
        "-f", "-qq", "-A", "-y", "-xx", "-s", "1000000", // appends; whole writes, in hex, with the paths
        "-e", "trace=openat,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat", "-e", "signal=none",
        "-o", output,
        .. paths.SelectMany(path => (string[])["-P", path]),
    ];

    /// <summary>The changes in the order in which the calls returned. Calls of other threads that were begun and not
    /// ended count as not made.</summary>
    /// <param name="nameOf">Of a path: the name that its changes get, or null when it does not matter.</param>
    public static IEnumerable<FileChange> Read(string path, Func<string, string?> nameOf)
    {
        var begun = new Dictionary<string, string>();
        foreach (var line in File.ReadLines(path))
        {
            var thread = line[..line.IndexOf(' ')];
            var call = line[thread.Length..].TrimStart();
            if (call.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                begun[thread] = call[..^Unfinished.Length];
                continue;
            }
            if (Resumed().Match(call) is { Success: true } resumed)
            {
                if (!begun.Remove(thread, out var start)) continue;
                call = start + call[resumed.Length..];
            }
            if (Parse(call, nameOf) is { } change) yield return change;
        }
    }

    private const string Unfinished = " <unfinished ...>";

    private static FileChange? Parse(string call, Func<string, string?> nameOf)
    {
        var result = Result().Match(call);
        if (!result.Success || result.Groups["value"].Value.StartsWith('-')) return null;
        var name = call[..call.IndexOf('(')];
        if (name is "openat" or "unlink" or "unlinkat")
        {
            // Paths are hex as well.
            var quoted = Quoted().Match(call);
            var target = Text(quoted.Groups["hex"].Value);
            if (nameOf(target) is not { } file) return null;
            if (name != "openat") return new FileChange(file, FileChangeKind.Delete, 0, []);
            return call.Contains("O_CREAT", StringComparison.Ordinal)
                ? new FileChange(file, FileChangeKind.Create, 0, [])
                : null;
        }
        if (nameOf(Text(Descriptor().Match(call).Groups["path"].Value)) is not { } written) return null;
        switch (name)
        {
            case "fsync" or "fdatasync":
                return new FileChange(written, FileChangeKind.Sync, 0, []);
            case "ftruncate":
                return new FileChange(written, FileChangeKind.SetLength, Number(LastArgument().Match(call)), []);
            case "pwrite64":
                var bytes = Bytes(Quoted().Match(call).Groups["hex"].Value);
                return new FileChange(written, FileChangeKind.Write, Number(LastArgument().Match(call)), bytes);
            default:
                return null;
        }
    }

    private static long Number(Match match) => long.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);

    /// <summary>Paths of descriptors are plain, paths of arguments are hex.</summary>
    private static string Text(string text) =>
        text.StartsWith("\\x", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(Bytes(text)) : text;

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace("\\x", "", StringComparison.Ordinal));

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"\)\s+= (?<value>-?\d+)[^)]*$")]
    private static partial Regex Result();

    [GeneratedRegex("\"(?<hex>(\\\\x[0-9a-f]{2})*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\w+\(\d+<(?<path>[^>]*)>")]
    private static partial Regex Descriptor();

    [GeneratedRegex(@", (?<value>\d+)\)\s+= \d+")]
    private static partial Regex LastArgument();
}
