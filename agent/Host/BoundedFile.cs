using System.Text;
using Picket.Wire;

namespace Picket.Host;

/// <summary>Reads files that somebody else wrote: anything that is not a file (a device, a pipe, a folder) is refused, and so is
/// a file that is too large or, because it grows, has no end.</summary>
public static class BoundedFile
{
    /// <summary>Opens what must be a file; the reader bounds how much it takes.</summary>
    /// <inheritdoc cref="ForeignFile.OpenRead"/>
    public static FileStream Open(string path) => ForeignFile.OpenRead(path);

    /// <exception cref="IOException">It is larger than <paramref name="maxBytes"/>, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not read it.</exception>
    public static byte[] ReadBytes(string path, int maxBytes)
    {
        using var file = Open(path);
        // Files made up by the kernel, as in /proc, have length 0: only reading shows what comes.
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
