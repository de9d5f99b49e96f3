using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Picket.Center.Enroll;

/// <summary>Whose a file or folder is.</summary>
internal static partial class FileOwner
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Uid = 0x8; // STATX_UID

    /// <summary>struct statx (linux/stat.h), the same on every machine: its length, and where stx_uid stands.</summary>
    private const int StatxBytes = 256;
    private const int UidOffset = 20;

    /// <summary>True when it is the present user's, or when that can not be told.</summary>
    public static unsafe bool IsMine(string path)
    {
        var statx = stackalloc byte[StatxBytes];
        if (Statx(CurrentFolder, path, 0, Uid, statx) != 0) return true; // what is wrong with it is met at once
        return BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(statx + UidOffset, sizeof(uint))) == GetUser();
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetUser();
}
