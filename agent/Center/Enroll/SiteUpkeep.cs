namespace Picket.Center.Enroll;

/// <summary>Keeps the site's own certificates from ending while the center runs, and a mosquitto at what its lists say.</summary>
internal sealed partial class SiteUpkeep(StateFolder folder, TimeProvider time, ILogger log)
{
    /// <summary>A day is nothing against the third of 825 days that is left when one is due.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>mosquitto forgets a signal that comes while it reads its lists, which takes far less than this: so it is told
    /// again when they have stood for so long.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    /// <summary>After a look that failed: a verb was at work, or the disk was full.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    /// <summary>Works until canceled. What fails is logged: the center goes on.</summary>
    public Task Run(CancellationToken cancel) => Task.WhenAll(LookDaily(cancel), LookAfterChanges(cancel));

    /// <summary>Looks some seconds after the last change of the broker's lists, whoever made it, and tells the broker to read
    /// them; once at the start: who changed them may have been cut before telling it.</summary>
    private async Task LookAfterChanges(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Settled, time);
        (DateTime, DateTime, DateTime) told = default, seen = default;
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                var now = TrustFiles.Changed(folder);
                if (now == seen && now != told)
                {
                    if (told != default) await LookSafely(cancel);
                    BrokerReload.Signal(folder);
                    told = TrustFiles.Changed(folder);
                }
                seen = now;
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
            return;
        }
    }

    /// <summary>Looks at once and then daily.</summary>
    private async Task LookDaily(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var isGood = await LookSafely(cancel);
                if (isGood) foreach (var line in Endings.Of(folder, time)) LogEnds(log, line);
                await Task.Delay(isGood ? Every : Soon, time, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
            return;
        }
    }

    private async Task<bool> LookSafely(CancellationToken cancel)
    {
        try
        {
            await Look(cancel);
            return true;
        }
        catch (PicketException e)
        {
            LogFailed(log, e.Message);
            return false;
        }
    }

    /// <summary>One look. It takes the folder's lock only when there is something to do.</summary>
    internal async Task Look(CancellationToken cancel)
    {
        if (folder.HasMosquitto) PrivateFiles.CreateFolder(folder.BrokerRunFolder);
        if (File.Exists(folder.BrokerConfiguration)
            && BrokerFiles.WithOwnFolder(folder, await File.ReadAllTextAsync(folder.BrokerConfiguration, cancel)) is { } moved)
            PrivateFiles.Write(folder.BrokerConfiguration, moved);
        using (var now = SiteAuthorities.Load(folder, time))
        {
            if (IsGood(now)) return;
        }
        using var held = await folder.TakeLockAsync(time, cancel);
        using var authorities = SiteAuthorities.Load(folder, time);
        if (IsGood(authorities)) return; // a verb was in the middle of it
        var wrong = TrustFiles.WrongAuthorities(folder, authorities).ToList();
        TrustFiles.MendAuthorities(folder, authorities);
        // What a rotation that was cut left behind is of another authority than the servers' certificates.
        var renewed = wrong.Contains(folder.HasMosquitto ? folder.BrokerCa : folder.CaTrusted)
            || !Enrollment.AreServersGood(folder, authorities);
        if (renewed) Enrollment.WriteServers(folder, authorities, authorities.ForServers);
        var registry = NodeRegistry.Load(folder);
        if (!registry.IsAccessWritten)
        {
            registry.WriteAccess();
            wrong.Add(folder.BrokerAcl);
        }
        if (!TrustFiles.AreRevokedWritten(folder))
        {
            TrustFiles.WriteRevoked(folder, authorities, registry);
            wrong.Add(folder.BrokerRevoked);
        }
        if (wrong.Count > 0) LogMended(log, string.Join(", ", wrong));
        var told = BrokerReload.Signal(folder);
        if (renewed) LogRenewed(log, told);
    }

    private bool IsGood(SiteAuthorities authorities) =>
        TrustFiles.WrongAuthorities(folder, authorities).Length == 0
        && TrustFiles.AreRevokedWritten(folder)
        && NodeRegistry.Load(folder).IsAccessWritten
        && Enrollment.AreServersGood(folder, authorities);

    [LoggerMessage(2111, LogLevel.Information, "Broker and center have new certificates; a running mosquitto was told: {Told}")]
    private static partial void LogRenewed(ILogger log, bool told);

    [LoggerMessage(2114, LogLevel.Warning,
        "{Files}: gone, damaged, changed by somebody, or of an earlier version; made anew from what the center keeps in ca/")]
    private static partial void LogMended(ILogger log, string files);

    [LoggerMessage(2112, LogLevel.Error, "{What}")]
    private static partial void LogEnds(ILogger log, string what);

    [LoggerMessage(2113, LogLevel.Error, "The site's certificates could not be looked after: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
