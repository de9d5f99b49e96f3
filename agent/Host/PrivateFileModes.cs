using System.Runtime.InteropServices;

namespace Picket.Host;

/// <summary>Keeps files that this process creates without an explicit mode private to its user.</summary>
public static partial class PrivateFileModes
{
    /// <summary>Nothing for group and others (umask(2)).</summary>
    private const uint OwnerOnly = 0b000_111_111;

    /// <summary>Call it before any file is created. It affects the whole process: for the program, not for tests.</summary>
    public static void Set() => SetMask(OwnerOnly);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}
