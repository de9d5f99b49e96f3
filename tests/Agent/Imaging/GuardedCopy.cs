using System.Runtime.InteropServices;

namespace Picket.Tests.Agent.Imaging;

/// <summary>A copy of some bytes whose last byte is the last of a mapped page; the page behind it may not be
/// touched.</summary>
internal sealed unsafe partial class GuardedCopy : IDisposable
{
    private const int ReadWrite = 3, None = 0, PrivateAnonymous = 0x22;
    private readonly byte* _mapping;
    private readonly nuint _length;
    private readonly int _offset;
    private readonly int _count;

    public GuardedCopy(ReadOnlySpan<byte> bytes)
    {
        int page = Environment.SystemPageSize, pages = ((bytes.Length + page - 1) / page) + 1;
        _length = (nuint)(pages * page);
        _mapping = Map(null, _length, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.True(_mapping != (byte*)-1, "mmap failed");
        (_count, _offset) = (bytes.Length, ((pages - 1) * page) - bytes.Length);
        bytes.CopyTo(new Span<byte>(_mapping + _offset, _count));
        Assert.Equal(0, Protect(_mapping + _length - page, (nuint)page, None));
    }

    public ReadOnlySpan<byte> Span => new(_mapping + _offset, _count);

    public void Dispose() => Assert.Equal(0, Unmap(_mapping, _length));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(byte* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(byte* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(byte* address, nuint length);
}
