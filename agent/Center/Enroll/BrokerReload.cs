using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Picket.Center.Enroll;

/// <summary>Tells a running broker to read its access list and revocation list again.</summary>
internal static partial class BrokerReload
{
    private const int Hangup = 1; // SIGHUP, the same number on every Linux

    // O_RDONLY | O_NONBLOCK | O_CLOEXEC (asm-generic/fcntl.h, as on x86-64 and arm64).
    private const int OpenFlags = 0x800 | 0x80000;

    /// <summary>A process id has at most seven digits, a name 15 letters.</summary>
    private const int MaxBytes = 32;

    /// <summary>Sends SIGHUP to the mosquitto whose process id is in the state folder; false if none is running there, or if the center
    /// is its own broker: one that runs all the same would find no access list, and go on without.</summary>
    public static bool Signal(StateFolder folder)
    {
        if (!folder.HasMosquitto) return false;
        // The second is of a site from before the broker had a folder of its own to write to.
        var text = Read(folder.BrokerPid) ?? Read(Path.Combine(folder.BrokerFolder, "mosquitto.pid"));
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid <= 1) return false;
        // The number in an old file may by now belong to another process, which SIGHUP would end.
        if (!IsBroker(pid)) return false;
        return Kill(pid, Hangup) == 0;
    }

    /// <remarks>Under their units, each of the two is in a user namespace of its own and sees no process outside of it (measured:
    /// hidepid asks for the right to trace). A process that can be signaled but not seen belongs to the same user and is in another
    /// namespace: among what the units start, that is the broker.</remarks>
    private static bool IsBroker(int pid) => Read($"/proc/{pid}/comm") is { } name
        ? name == "mosquitto"
        : pid != Environment.ProcessId && Kill(pid, 0) == 0;

    /// <summary>Null for a file that is not there, or no longer: a broker that ends removes its own. The broker may write it, so
    /// it may even be a pipe, on which an ordinary open would wait forever.</summary>
    private static string? Read(string path)
    {
        using var file = Open(path, OpenFlags);
        if (file.IsInvalid) return null;
        var content = new byte[MaxBytes];
        var length = Read(file, content, MaxBytes);
        return length > 0 ? Encoding.ASCII.GetString(content, 0, (int)length).Trim() : null;
    }

    // open(2): a descriptor, or -1.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    // read(2): the number of bytes, 0 at the end, -1 for an error.
    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(SafeFileHandle file, [Out] byte[] buffer, nint length);

    // kill(2): 0 when the signal was sent, -1 when the process is gone or not ours.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
