using System.Globalization;
using Picket.Center.Enroll;

namespace Picket.Center.Broker;

/// <summary>Tells other processes which list of nodes the running broker applies, so that a verb that has changed the list knows
/// when the change is in force.</summary>
internal static class SeenList
{
    /// <summary>The broker applies the list with this time stamp.</summary>
    public static void Write(StateFolder folder, DateTime writtenAt) =>
        PrivateFiles.Write(folder.BrokerSeen, $"{writtenAt.Ticks.ToString(CultureInfo.InvariantCulture)}\n");

    /// <summary>The center's own broker no longer runs.</summary>
    public static void Remove(StateFolder folder) => File.Delete(folder.BrokerSeen);

    /// <summary>Whether the running broker applies the list as it is now; null if the center's own broker is not running.</summary>
    public static bool? IsNow(StateFolder folder)
    {
        if (!IsCenterRunning(folder) || !File.Exists(folder.BrokerSeen)) return null;
        var seen = File.ReadAllText(folder.BrokerSeen).Trim();
        return seen == File.GetLastWriteTimeUtc(folder.Nodes).Ticks.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A center that was killed has left its file behind, but not its lock.</summary>
    private static bool IsCenterRunning(StateFolder folder)
    {
        if (!File.Exists(folder.RunLock)) return false;
        try
        {
            using var free = new FileStream(folder.RunLock, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
