using System.Runtime.InteropServices;

namespace Picket.Host;

/// <summary>Keeps the files that this process makes, and that no code gave a mode, for its user alone.</summary>
public static partial class PrivateFileModes
{
    /// <summary>Nothing for group and others (umask(2)).</summary>
    private const uint OwnerOnly = 0b000_111_111;

    /// <summary>To be called before any file is made. It is the process's: for the program, not for tests.</summary>
    public static void Set() => SetMask(OwnerOnly);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}
