using System.Runtime.InteropServices;

namespace Picket.Agent;

/// <summary>
/// Keeps this process's memory, which holds faces and camera passwords, from ever being written to a disk by a crash.
/// </summary>
internal static partial class CoreDumps
{
    private const int RlimitCore = 4;
    private const int PrSetDumpable = 4;

    /// <summary>No core file, and no memory for other processes of the same user. To be called first of all.</summary>
    public static unsafe void TurnOff()
    {
        var none = stackalloc ulong[2];
        none[0] = none[1] = 0;
        // Neither can fail for a process that only gives up rights of its own (setrlimit(2), prctl(2)).
        _ = SetLimit(RlimitCore, none);
        _ = Control(PrSetDumpable, 0, 0, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static unsafe partial int SetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);
}
