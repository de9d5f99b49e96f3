using System.Buffers.Binary;
using System.Security.Cryptography;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>A second record, beside the outbox, of the last number assigned: SQLite silently takes a damaged journal for an empty one, and
/// a file truncated to nothing for a new one.</summary>
/// <remarks>Written after each commit and not synced: a process crash loses none of it, and after a power cut it says less than the outbox,
/// never more.</remarks>
internal sealed class OutboxMark : IDisposable
{
    private const int Bytes = 16 + 8 + 8;

    private readonly FileStream _file;

    private OutboxMark(FileStream file, HeldRange? found)
    {
        _file = file;
        Found = found;
    }

    /// <summary>What the last run left: its epoch and last number; null when nothing can be read.</summary>
    public HeldRange? Found { get; }

    public static OutboxMark Open(string folder)
    {
        var file = new FileStream(Path.Combine(folder, "outbox.mark"), new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        Span<byte> content = stackalloc byte[Bytes];
        var length = file.ReadAtLeast(content, Bytes, throwOnEndOfStream: false);
        var isWhole = length == Bytes && Check(content[..24]).AsSpan(0, 8).SequenceEqual(content[24..]);
        if (!isWhole) return new OutboxMark(file, null);
        var seq = BinaryPrimitives.ReadInt64BigEndian(content[16..24]);
        return new OutboxMark(file, new HeldRange(new Guid(content[..16], bigEndian: true), seq + 1, seq));
    }

    /// <summary>Records the last number; if the disk does not take it, only the record is lost.</summary>
    public void Write(Guid epoch, long seq)
    {
        Span<byte> content = stackalloc byte[Bytes];
        epoch.TryWriteBytes(content[..16], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(content[16..24], seq);
        Check(content[..24]).AsSpan(0, 8).CopyTo(content[24..]);
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, content, 0);
        }
        catch (IOException)
        {
            // A full disk: the events' own commit reports it.
            return;
        }
    }

    public void Dispose() => _file.Dispose();

    private static byte[] Check(ReadOnlySpan<byte> content) => SHA256.HashData(content);
}
