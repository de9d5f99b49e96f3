namespace Picket.Center.Enroll;

/// <summary>Keeps the site's own certificates from expiring while the center runs, and a mosquitto up to date with its
/// lists.</summary>
internal sealed partial class SiteUpkeep(StateFolder folder, TimeProvider time, ILogger log)
{
    /// <summary>A day is nothing compared with the third of 825 days that is left when a certificate is due.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>mosquitto forgets a signal that arrives while it reads its lists, which takes far less than this: so it is
    /// signaled again when they have been unchanged for this long.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    /// <summary>After a check that failed: a verb was at work, or the disk was full.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    /// <summary>Works until canceled. Failures are logged, and the center goes on.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(LookDailyAsync(cancel), LookAfterChangesAsync(cancel));

    /// <summary>A few seconds after the last change of the broker's lists, whoever made it, signals the broker to read them; also
    /// once at the start, since whatever changed them may have been killed before signaling.</summary>
    private async Task LookAfterChangesAsync(CancellationToken cancel)
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
                    if (told != default) await LookSafelyAsync(cancel);
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

    /// <summary>Checks at once and then daily.</summary>
    private async Task LookDailyAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var isGood = await LookSafelyAsync(cancel);
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

    private async Task<bool> LookSafelyAsync(CancellationToken cancel)
    {
        try
        {
            await LookAsync(cancel);
            return true;
        }
        catch (PicketException e)
        {
            LogFailed(log, e.Message);
            return false;
        }
    }

    /// <summary>Checks once. It takes the folder's lock only if there is something to do.</summary>
    internal async Task LookAsync(CancellationToken cancel)
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
        // An interrupted rotation leaves files of another authority than that of the servers' certificates.
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

    [LoggerMessage(2111, LogLevel.Information, "Broker and center have new certificates; a running mosquitto was signaled: {Told}")]
    private static partial void LogRenewed(ILogger log, bool told);

    [LoggerMessage(2114, LogLevel.Warning,
        "{Files}: gone, damaged, changed by somebody, or from an earlier version; recreated from what the center keeps in ca/")]
    private static partial void LogMended(ILogger log, string files);

    [LoggerMessage(2112, LogLevel.Error, "{What}")]
    private static partial void LogEnds(ILogger log, string what);

    [LoggerMessage(2113, LogLevel.Error, "The site's certificates could not be checked: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
