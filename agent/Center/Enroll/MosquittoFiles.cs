using Picket.Center.Broker;

namespace Picket.Center.Enroll;

/// <summary>
/// <c>ca init</c> gives a site the files of a mosquitto too, since nothing else says how one has to be set up. A center that is its
/// own broker puts them away, so that there is no second access list, no second list of who is shut out, and nobody to tell of a
/// change; a center that is given a mosquitto takes them up again.
/// </summary>
internal static partial class MosquittoFiles
{
    /// <summary>Puts away the configuration, which somebody may have changed by hand, and deletes the two lists, which are
    /// made from the center's own. Of a cut in between the next start does the rest.</summary>
    /// <exception cref="PicketException">The folder is held by another, or can't be written.</exception>
    public static async Task SetAside(StateFolder folder, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        using var held = await folder.TakeLockAsync(time, cancel);
        if (folder.HasMosquitto)
        {
            if (!File.Exists(folder.BrokerListen)) PrivateFiles.Write(folder.BrokerListen, $"{BrokerPlace.Of(folder)}\n");
            File.Move(folder.BrokerConfiguration, folder.BrokerConfigurationUnused, overwrite: true);
            LogSetAside(log, folder.BrokerConfigurationUnused);
        }
        foreach (var list in (string[])[folder.BrokerAcl, folder.BrokerRevoked]) File.Delete(list);
    }

    /// <summary>Has the configuration back where a mosquitto looks for it; <see cref="SiteUpkeep"/> makes the rest.</summary>
    /// <exception cref="PicketException">The folder is held by another, or can't be written.</exception>
    public static async Task TakeUp(StateFolder folder, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        using var held = await folder.TakeLockAsync(time, cancel);
        if (folder.HasMosquitto || !File.Exists(folder.BrokerConfigurationUnused)) return;
        File.Move(folder.BrokerConfigurationUnused, folder.BrokerConfiguration);
        LogTakenUp(log, folder.BrokerConfiguration);
    }

    [LoggerMessage(2115, LogLevel.Information,
        "This center is the nodes' broker; the configuration for a mosquitto is put away as {File}, until run with --broker HOST:PORT")]
    private static partial void LogSetAside(ILogger log, string file);

    [LoggerMessage(2116, LogLevel.Information, "{File}: taken up again, since a mosquitto is the nodes' broker now; start it")]
    private static partial void LogTakenUp(ILogger log, string file);
}
