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

    private readonly Throttle _faults = new(time, Soon);
    private (DateTime, DateTime, DateTime) _told;
    private (DateTime, DateTime, DateTime) _seen;

    /// <summary>Works until canceled. Whatever fails is logged, and the next check comes: without it the site's certificates would
    /// end one day, unnoticed.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(LookDailyAsync(cancel), LookAfterChangesAsync(cancel));

    /// <summary>A few seconds after the last change of the broker's lists, whoever made it, signals the broker to read them; also
    /// once at the start, since whatever changed them may have been killed before signaling.</summary>
    private async Task LookAfterChangesAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Settled, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                if (await TryAsync(LookForChangesAsync, cancel) is { } fault && _faults.Add() > 0) LogFailed(log, fault.Message);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
            return;
        }
    }

    private async Task LookForChangesAsync(CancellationToken cancel)
    {
        var now = TrustFiles.Changed(folder);
        if (now == _seen && now != _told)
        {
            if (_told != default) await LookAsync(cancel);
            BrokerReload.Signal(folder);
            _told = TrustFiles.Changed(folder);
        }
        _seen = now;
    }

    /// <summary>Checks at once and then daily.</summary>
    private async Task LookDailyAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var fault = await TryAsync(LookAndTellEndingsAsync, cancel);
                if (fault is not null) LogFailed(log, fault.Message);
                await Task.Delay(fault is null ? Every : Soon, time, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
            return;
        }
    }

    private async Task LookAndTellEndingsAsync(CancellationToken cancel)
    {
        await LookAsync(cancel);
        foreach (var line in Endings.Of(folder, time)) LogEnds(log, line);
    }

    /// <summary>Null, or why it failed.</summary>
    private static async Task<Exception?> TryAsync(Func<CancellationToken, Task> look, CancellationToken cancel)
    {
        try
        {
            await look(cancel);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e;
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
