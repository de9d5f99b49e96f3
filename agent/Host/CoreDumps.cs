using System.Runtime.InteropServices;

namespace Picket.Host;

/// <summary>Keeps this process's memory, which holds faces, passwords and keys, from ever being written to a disk by a
/// crash.</summary>
public static partial class CoreDumps
{
    private const int ResourceCore = 4; // RLIMIT_CORE
    private const int SetDumpable = 4; // PR_SET_DUMPABLE

    /// <summary>For the rest of this process's life: no core file, and no other process of the same user may read its
    /// memory. Call it first of all.</summary>
    /// <remarks>The limit alone is not enough: a core_pattern that pipes to a program ignores it (core(5)).</remarks>
    /// <exception cref="PicketException">The system refuses.</exception>
    public static void TurnOff()
    {
        // Both return 0, or -1 with errno.
        if (SetLimit(ResourceCore, default) != 0 || ProcessControl(SetDumpable, 0, 0, 0, 0) != 0)
            throw new PicketException(
                $"core dumps of this process can't be turned off: {Marshal.GetLastPInvokeErrorMessage()}; "
                    + "check what its sandbox forbids (setrlimit, prctl)");
    }

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);

    /// <summary>struct rlimit of a 64-bit system.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Soft, ulong Hard);
}
