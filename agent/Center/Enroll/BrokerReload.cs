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
        if (!File.Exists(folder.BrokerPid)) return false;
        var text = File.ReadAllText(folder.BrokerPid).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid <= 1) return false;
        // The number in an old file may belong to somebody else by now, whom SIGHUP would end.
        if (!IsBroker(pid)) return false;
        return Kill(pid, Hangup) == 0;
    }

    private static bool IsBroker(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim() == "mosquitto";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // kill(2): 0 when the signal was sent, -1 when the process is gone or not ours.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
