using System.Security.Cryptography;
using System.Text.Json;

namespace Picket.Wire;

/// <summary>Writes a <see cref="SpoolFile"/>, line by line; none of it counts before <see cref="Seal"/>.</summary>
public sealed class SpoolWriter : IDisposable
{
    private const string PartialExtension = ".partial";

    private readonly Stream _output;
    private readonly string? _path;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="output">Lent.</param>
    public SpoolWriter(Stream output, SpoolHeader header)
    {
        _output = output;
        Write(JsonSerializer.SerializeToUtf8Bytes(header, WireJsonContext.Default.SpoolHeader));
        Write("\n"u8);
    }

    private SpoolWriter(FileStream output, SpoolHeader header, string path)
        : this(output, header) => _path = path;

    public long Bytes { get; private set; }

    /// <summary>Lines between the first and the last.</summary>
    public int Lines { get; private set; }

    /// <summary>Starts a file that gets its name only when it is sealed and on the disk; without that,
    /// <see cref="Dispose"/> leaves nothing. Mode 0600 where the file system has modes.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static SpoolWriter Create(string path, SpoolHeader header)
    {
        var partial = path + PartialExtension;
        // Left by an interrupted run.
        File.Delete(partial);
        var file = new FileStream(partial, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            return new SpoolWriter(file, header, path);
        }
        catch
        {
            file.Dispose();
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Whether a message of this size may still be added.</summary>
    public bool Takes(int messageBytes) =>
        Lines < SpoolFile.MaxLines && Bytes + messageBytes + (2 * SpoolFile.FrameBytes) <= SpoolFile.MaxBytes;

    /// <param name="envelope">The JSON as sent.</param>
    public void AddEvent(ReadOnlySpan<byte> envelope)
    {
        Write("{\"event\":"u8);
        Write(envelope);
        EndLine("}\n"u8);
    }

    /// <param name="chunk">The JSON as sent.</param>
    /// <param name="id">The crop's.</param>
    public void AddCrop(ReadOnlySpan<byte> chunk, Guid id)
    {
        Span<byte> text = stackalloc byte[36];
        id.TryFormat(text, out _, "D");
        Write("{\"crop\":"u8);
        Write(chunk);
        Write(",\"id\":\""u8);
        Write(text);
        EndLine("\"}\n"u8);
    }

    public void AddAck(Ack ack)
    {
        Write("{\"ack\":"u8);
        Write(WireJson.Write(ack));
        EndLine("}\n"u8);
    }

    /// <summary>Signs what was written: then the file is complete, and on the disk under its name.</summary>
    /// <param name="certificatePem">Of <paramref name="key"/>'s public half.</param>
    public void Seal(ECDsa key, string certificatePem)
    {
        var hash = _hash.GetCurrentHash();
        var signature = key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        var seal = new SpoolSeal(Convert.ToHexStringLower(hash), signature, certificatePem);
        Write(JsonSerializer.SerializeToUtf8Bytes(seal, WireJsonContext.Default.SpoolSeal));
        Write("\n"u8);
        if (_path is null) return;
        ((FileStream)_output).Flush(flushToDisk: true);
        _output.Dispose();
        File.Move(_path + PartialExtension, _path);
    }

    public void Dispose()
    {
        _hash.Dispose();
        if (_path is null) return;
        _output.Dispose();
        File.Delete(_path + PartialExtension);
    }

    private void EndLine(ReadOnlySpan<byte> end)
    {
        Write(end);
        Lines++;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _hash.AppendData(bytes);
        Bytes += bytes.Length;
    }
}
