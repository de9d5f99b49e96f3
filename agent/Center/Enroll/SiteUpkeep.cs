namespace Picket.Center.Enroll;

/// <summary>Keeps the site's own certificates from ending while the center runs, and the broker at what its lists say.</summary>
internal sealed partial class SiteUpkeep(StateFolder folder, TimeProvider time, ILogger log)
{
    /// <summary>A day is nothing against the third of 825 days that is left when one is due.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>From here on certificates are made shorter than they could be.</summary>
    private static readonly TimeSpan WarnBefore = TimeSpan.FromDays(SiteAuthority.LeafDays);

    /// <summary>mosquitto forgets a signal that comes while it reads its lists, which takes far less than this: so it is told
    /// again when they have stood for so long.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    /// <summary>Works until canceled. What fails is logged: the center goes on.</summary>
    public Task Run(CancellationToken cancel) => Task.WhenAll(LookDaily(cancel), TellAgain(cancel));

    /// <summary>Tells the broker to read its lists some seconds after the last change of them, whoever made it, and once at the
    /// start: who changed them may have been cut before telling it.</summary>
    private async Task TellAgain(CancellationToken cancel)
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
                    BrokerReload.Signal(folder);
                    told = now;
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
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                try
                {
                    await Look(cancel);
                }
                catch (CenterException e)
                {
                    LogFailed(log, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
            return;
        }
    }

    /// <summary>One look. It takes the folder's lock only when there is something to do.</summary>
    internal async Task Look(CancellationToken cancel)
    {
        using (var now = SiteAuthorities.Load(folder, time))
        {
            if (now.Issuing.NotAfter - time.GetUtcNow() < WarnBefore) LogAuthorityEnds(log, now.Issuing.NotAfter);
            if (Enrollment.AreServersGood(folder, now)) return;
        }
        using var held = await folder.TakeLockAsync(time, cancel);
        using var authorities = SiteAuthorities.Load(folder, time);
        if (!Enrollment.RenewServers(folder, authorities)) return;
        LogRenewed(log, BrokerReload.Signal(folder));
    }

    [LoggerMessage(2111, LogLevel.Information, "Broker and center have new certificates; the running broker was told: {Told}")]
    private static partial void LogRenewed(ILogger log, bool told);

    [LoggerMessage(2112, LogLevel.Error,
        "The site authority ends on {End:yyyy-MM-dd}; make a new one: picket-center ca rotate")]
    private static partial void LogAuthorityEnds(ILogger log, DateTimeOffset end);

    [LoggerMessage(2113, LogLevel.Error, "The site's certificates could not be looked after: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
