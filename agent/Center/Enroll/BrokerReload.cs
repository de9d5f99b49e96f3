using System.Globalization;
using System.Runtime.InteropServices;

namespace Picket.Center.Enroll;

/// <summary>Tells a running broker to read its access list and revocation list again.</summary>
internal static partial class BrokerReload
{
    private const int Hangup = 1; // SIGHUP, the same number on every Linux

    /// <summary>Sends SIGHUP to the broker whose process id stands in the state folder; false when none runs
    /// there.</summary>
    public static bool Signal(StateFolder folder)
    {
        if (Read(folder.BrokerPid) is not { } text) return false;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid <= 1) return false;
        // The number in an old file may belong to somebody else by now, whom SIGHUP would end.
        if (!IsBroker(pid)) return false;
        return Kill(pid, Hangup) == 0;
    }

    private static bool IsBroker(int pid) => Read($"/proc/{pid}/comm") == "mosquitto";

    /// <summary>Null for a file that is not there, or no more: a broker that ends removes its own.</summary>
    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // kill(2): 0 when the signal was sent, -1 when the process is gone or not ours.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
