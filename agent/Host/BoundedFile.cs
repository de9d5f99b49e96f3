using System.Text;
using Picket.Wire;

namespace Picket.Host;

/// <summary>Reads files that somebody else wrote: what is no file (a device, a pipe, a folder) is refused, and one that
/// has no end, such as one that grows, as one that is too large.</summary>
public static class BoundedFile
{
    /// <summary>Opens what has to be a file; its reader bounds what it takes of it.</summary>
    /// <inheritdoc cref="ForeignFile.OpenRead"/>
    public static FileStream Open(string path) => ForeignFile.OpenRead(path);

    /// <exception cref="IOException">It is larger than <paramref name="maxBytes"/>, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not read it.</exception>
    public static byte[] ReadBytes(string path, int maxBytes)
    {
        using var file = Open(path);
        // What the kernel makes up, as in /proc, says that its length is 0: only reading shows what comes.
        var buffer = new byte[file.Length is > 0 and var length ? Math.Min(length, maxBytes) + 1 : 4096];
        var count = 0;
        while (file.Read(buffer.AsSpan(count)) is > 0 and var read)
        {
            count += read;
            if (count > maxBytes) throw new IOException($"it is larger than {maxBytes} bytes; is it the right file?");
            if (count == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * buffer.Length, maxBytes + 1));
        }
        return buffer[..count];
    }

    /// <summary>UTF-8, with or without its mark.</summary>
    /// <exception cref="IOException">As <see cref="ReadBytes"/>.</exception>
    public static string ReadText(string path, int maxBytes)
    {
        var bytes = ReadBytes(path, maxBytes).AsSpan();
        return Encoding.UTF8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
    }
}
