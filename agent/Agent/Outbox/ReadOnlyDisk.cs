using System.Runtime.InteropServices;

namespace Picket.Agent.Outbox;

/// <summary>Whether a disk is mounted read-only, as the kernel does with one that fails.</summary>
internal static partial class ReadOnlyDisk
{
    private const int ForWriting = 2; // W_OK
    private const int ReadOnlyFileSystem = 30; // EROFS

    public static bool Holds(string path) =>
        Access(path, ForWriting) != 0 && Marshal.GetLastPInvokeError() == ReadOnlyFileSystem;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(string path, int mode);
}
