using System.Runtime.InteropServices;

namespace Picket.Wire;

/// <summary>Whose a file or folder is.</summary>
public static partial class FileOwner
{
    /// <summary>True when it is the present user's, or when that can not be told.</summary>
    public static bool IsMine(string path) =>
        FileStatus.Of(path) is not { } status || status.Owner == GetUser(); // what is wrong with it is met at once

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetUser();
}
