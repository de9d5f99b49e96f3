using Picket.Center.Broker;

namespace Picket.Center.Enroll;

/// <summary>
/// <c>ca init</c> also gives a site the files of a mosquitto, since nothing else says how to set one up. A center that is its own
/// broker sets them aside, so that there is no second access list, no second list of who is shut out, and no process to signal
/// after a change; a center that is given a mosquitto puts them back.
/// </summary>
internal static partial class MosquittoFiles
{
    /// <summary>Sets the configuration aside, which somebody may have changed by hand, and deletes the two lists, which are
    /// made from the center's own. If it is interrupted, the next start does the rest.</summary>
    /// <exception cref="PicketException">Another process holds the folder, or it can't be written.</exception>
    public static async Task SetAsideAsync(StateFolder folder, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        // Mostly there is nothing to do, and a verb that holds the lock may be waiting for this center.
        string[] lists = [folder.BrokerAcl, folder.BrokerRevoked];
        if (!folder.HasMosquitto && !lists.Any(File.Exists)) return;
        using var held = await folder.TakeLockAsync(time, cancel);
        if (folder.HasMosquitto)
        {
            if (!File.Exists(folder.BrokerListen)) PrivateFiles.Write(folder.BrokerListen, $"{BrokerPlace.Of(folder)}\n");
            File.Move(folder.BrokerConfiguration, folder.BrokerConfigurationUnused, overwrite: true);
            LogSetAside(log, folder.BrokerConfigurationUnused);
        }
        foreach (var list in lists) File.Delete(list);
    }

    /// <summary>Puts the configuration back where a mosquitto looks for it; <see cref="SiteUpkeep"/> makes the rest.</summary>
    /// <exception cref="PicketException">Another process holds the folder, or it can't be written.</exception>
    public static async Task TakeUpAsync(StateFolder folder, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        if (folder.HasMosquitto || !File.Exists(folder.BrokerConfigurationUnused)) return;
        using var held = await folder.TakeLockAsync(time, cancel);
        File.Move(folder.BrokerConfigurationUnused, folder.BrokerConfiguration);
        LogTakenUp(log, folder.BrokerConfiguration);
    }

    [LoggerMessage(2115, LogLevel.Information,
        "This center is the nodes' broker; the configuration for a mosquitto is kept as {File} until run --broker HOST:PORT")]
    private static partial void LogSetAside(ILogger log, string file);

    [LoggerMessage(2116, LogLevel.Information, "{File}: put back, since a mosquitto is the nodes' broker now; start it")]
    private static partial void LogTakenUp(ILogger log, string file);
}
