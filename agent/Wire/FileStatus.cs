using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Picket.Wire;

/// <summary>What .NET doesn't say about a file: its owner, and which kind of file it is.</summary>
/// <param name="Kind">The bits of S_IFMT (inode(7)).</param>
internal readonly partial record struct FileStatus(uint Owner, int Kind)
{
    public const int Pipe = 0x1000;
    public const int CharacterDevice = 0x2000;
    public const int Folder = 0x4000;
    public const int BlockDevice = 0x6000;
    public const int File = 0x8000;
    public const int Socket = 0xC000;

    private const int CurrentFolder = -100; // AT_FDCWD
    private const int OfDescriptor = 0x1000; // AT_EMPTY_PATH
    private const uint KindAndOwner = 0x1 | 0x8; // STATX_TYPE, STATX_UID

    /// <summary>struct statx (linux/stat.h), the same on every machine: its length, and where stx_uid and stx_mode
    /// stand.</summary>
    private const int StatxBytes = 256;
    private const int UidOffset = 20;
    private const int ModeOffset = 28;
    private const int KindBits = 0xF000; // S_IFMT

    /// <summary>Null if it can't be determined.</summary>
    public static unsafe FileStatus? Of(string path)
    {
        var statx = stackalloc byte[StatxBytes];
        return Statx(CurrentFolder, path, 0, KindAndOwner, statx) == 0 ? Read(statx) : null;
    }

    /// <inheritdoc cref="Of(string)"/>
    public static unsafe FileStatus? Of(SafeFileHandle file)
    {
        var statx = stackalloc byte[StatxBytes];
        return Statx(file, "", OfDescriptor, KindAndOwner, statx) == 0 ? Read(statx) : null;
    }

    private static unsafe FileStatus Read(byte* statx)
    {
        var bytes = new ReadOnlySpan<byte>(statx, StatxBytes);
        return new FileStatus(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[UidOffset..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[ModeOffset..]) & KindBits);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(SafeFileHandle file, string path, int flags, uint mask, byte* result);
}

/// <summary>Who owns a file or folder.</summary>
public static partial class FileOwner
{
    /// <summary>True if it is the current user's, or if that can't be determined.</summary>
    public static bool IsMine(string path) =>
        FileStatus.Of(path) is not { } status || status.Owner == GetUser(); // what is wrong with it is met at once

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetUser();
}
