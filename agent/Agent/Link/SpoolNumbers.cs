using System.Globalization;

namespace Picket.Agent.Link;

/// <summary>Counts the files that this node has written, whatever stick they went to: each name is used once. It is a file
/// in the state folder, since the command line writes beside a running node.</summary>
internal sealed class SpoolNumbers(string stateFolder)
{
    private const int MaxDigits = 19;

    private readonly string _path = Path.Combine(stateFolder, "spool.number");

    /// <exception cref="IOException">The file can't be written, or another process counts at this very moment.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public long Next()
    {
        using var file = new FileStream(_path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        Span<byte> text = stackalloc byte[MaxDigits];
        var length = file.ReadAtLeast(text, MaxDigits, throwOnEndOfStream: false);
        // After a power cut it may be empty: the center sees a number that is used twice as another file of that name.
        _ = long.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var last);
        var next = Math.Max(0, last) + 1;
        next.TryFormat(text, out length, default, CultureInfo.InvariantCulture);
        file.Position = 0;
        file.Write(text[..length]);
        file.SetLength(length);
        file.Flush(flushToDisk: true);
        return next;
    }
}
