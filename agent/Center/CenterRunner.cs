using System.Net;
using System.Net.Sockets;
using Picket.Center.Audit;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center;

/// <summary>The running center: database, broker (its own, or a session at another), and page, opened in this order and
/// closed in reverse.</summary>
/// <param name="broker">A mosquitto; null for the center's own broker, which listens where the folder says.</param>
/// <param name="grace">How long the center waits while nothing awaited arrives before it asks the node; null for
/// <see cref="GapWatch.DefaultGrace"/>.</param>
/// <param name="database">A PostgreSQL database; null for the SQLite file in the folder.</param>
internal sealed partial class CenterRunner(
    StateFolder folder, BrokerAddress? broker, ConsoleOptions console, bool json, TimeProvider time,
    PostgresAddress? database = null, TimeSpan? grace = null)
{
    /// <summary>Where the enrollment port listens; null for none.</summary>
    public IPEndPoint? EnrollAt { get; init; }

    /// <summary>Whether the operator knows that the folder was restored from a backup, and accepts it.</summary>
    public bool AcceptRestore { get; init; }

    /// <summary>The limits of the center's own broker.</summary>
    public BrokerLimits Limits { get; init; } = new();

    /// <summary>How long what arrived is kept.</summary>
    public KeepTimes Keep { get; init; } = new();

    /// <summary>What each node may store a day, in bytes.</summary>
    public long NodeBudget { get; init; } = NodeBudgets.DefaultBytesPerDay;

    /// <summary>Works until canceled.</summary>
    /// <param name="alerts">Standard output: one alert a line.</param>
    /// <param name="progress">Standard error: the console's address, the enrollment port.</param>
    /// <exception cref="PicketException">A part is missing or can't be opened.</exception>
    public async Task RunAsync(TextWriter alerts, TextWriter progress, ILoggerFactory loggers, CancellationToken cancel)
    {
        if (!File.Exists(folder.CenterKey))
            throw new PicketException(
                $"no site in {folder.Root}; create it with: picket-center ca init --state {ShellText.Word(folder.Root)}",
                ExitCode.PartMissing);
        using var alone = TakeRunLock();
        using var store = CenterStore.Open(folder, database);
        var state = new CenterState();
        var log = loggers.CreateLogger("Picket.Center");
        if (broker is not null) await MosquittoFiles.TakeUpAsync(folder, time, log, cancel);
        var audit = await OpenAuditAsync(log, cancel);
        using var access = Access(progress, log);
        var roster = new NodeRoster(folder);
        // Ports are announced only when all of them are open.
        SeenList.Remove(folder); // of a center that was killed
        await using var own = broker is null ? SiteBroker.Open(folder, BrokerPlace.Of(folder), roster, log, time, Limits) : null;
        if (own is not null) await MosquittoFiles.SetAsideAsync(folder, time, log, cancel);
        await using var enrollment = EnrollAt is null
            ? null
            : await EnrollmentServer.StartAsync(folder, EnrollAt.Address, EnrollAt.Port, loggers, time);
        await using var page = await PageServer.StartAsync(
            access, store.Reader, state, audit, new NodeDesk(folder, new NodeRevocation(folder, broker, time), time), loggers,
            time);
        if (enrollment is not null)
        {
            EnrollmentAddress.Keep(folder, EnrollAt!.Address, enrollment.Port);
            await progress.WriteLineAsync($"enrollment: https://{new IPEndPoint(EnrollAt.Address, enrollment.Port)}");
            await progress.FlushAsync(cancel);
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var upkeep = new SiteUpkeep(folder, time, log).RunAsync(ending.Token);
        var retention = new CenterRetention(store, Keep, log, time).RunAsync(ending.Token);
        var inbox = new Inbox(store, state, new AlertPrinter(alerts, json, time), log, time, roster.IsOurs)
        {
            Budgets = new NodeBudgets(time, NodeBudget),
        };
        var notice = ServiceNotice.OfEnvironment();
        Tell(notice.Ready, log);
        try
        {
            var gaps = new GapWatch(store, state, log, time, grace ?? GapWatch.DefaultGrace, roster.IsOurs);
            if (own is not null) await own.RunAsync(inbox, gaps, state, cancel);
            else await new BrokerSession(Options(folder, broker!), inbox, gaps, state, log, time).RunAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Asked to end: what is not committed is not acknowledged either, and is sent again.
            await TellHeadAsync(audit, log);
        }
        finally
        {
            Tell(notice.Ending, log);
            await ending.CancelAsync();
            await Task.WhenAll(upkeep, retention);
        }
    }

    private static void Tell(Action notice, ILogger log)
    {
        try
        {
            notice();
        }
        catch (SocketException e)
        {
            LogUntold(log, e.Message);
        }
    }

    /// <summary>8,192 messages, 16 batches, may wait for their commit; the broker holds the others back. Twice as many may wait for
    /// the lanes, which take them at once: the statuses of 5,000 nodes arrive together after a connect, and are not sent again. At
    /// 4 kB each, that is 64 MB; of longer ones the lanes hold at most <see cref="ReceiveLanes.MaxBytes"/>.</summary>
    internal static MqttOptions Options(StateFolder folder, BrokerAddress broker) => new()
    {
        Host = broker.Host,
        Port = broker.Port,
        ClientId = "center",
        CaFile = folder.CaTrusted,
        CertificateFile = folder.CenterCertificate,
        KeyFile = folder.CenterKey,
        MaxReceived = 8192,
    };

    private IConsoleAccess Access(TextWriter progress, ILogger log)
    {
        void Tell(string line)
        {
            progress.WriteLine(line);
            progress.Flush();
        }
        return console.DemoLink
            ? new LinkAccess(
                console.Port,
                link => Tell($"page (demo only: one-time link, this machine, {EntryLinks.LinkLife.TotalMinutes:0} min): {link}"),
                time)
            : new CertificateAccess(
                folder, console.Bind, console.Port, address => Tell($"console (TLS, client certificate): {address}"),
                log, time);
    }

    /// <summary>Opens the audit log, or refuses to run on a folder that is older than what was done on this machine.</summary>
    private async Task<AuditLog> OpenAuditAsync(ILogger log, CancellationToken cancel)
    {
        if (!folder.MakeLastingFolder()) WebLog.NoLastingFolder(log, folder.LastingFolder);
        var audit = new AuditLog(folder, time);
        if (audit.IsSetBack())
        {
            var again = TrustFiles.InAgain(folder);
            var names = again.Length == 0 ? "nobody whose name is known" : string.Join(", ", again);
            if (!AcceptRestore)
                throw new PicketException(
                    $"state folder {folder.Root}: was restored from a backup. Those revoked since then are admitted again ({names}), "
                        + "those who joined since then are unknown, and used codes and replaced certificates are valid again. To go on "
                        + "with it, run with --accept-restore once and revoke them again; it is safest to rotate the authority too "
                        + "(ca rotate)");
            using var held = await folder.TakeLockAsync(time, cancel);
            await audit.AcceptSetBackAsync(AuditEntry.Local(AuditAct.AcceptRestore, $"admitted again: {names}"));
            using var authorities = SiteAuthorities.Load(folder, time);
            TrustFiles.WriteRevoked(folder, authorities, NodeRegistry.Load(folder)); // above the number that the broker may have
            WebLog.RestoreAccepted(log, names);
        }
        if (audit.IsGone) WebLog.AuditGone(log, audit.Path);
        await TellHeadAsync(audit, log);
        return audit;
    }

    /// <summary>Writes where the log ends into the journal, which is another file and often on another machine.</summary>
    private static async Task TellHeadAsync(AuditLog audit, ILogger log)
    {
        var head = await audit.HeadAsync();
        WebLog.AuditHead(log, head.Count, head.Hash);
    }

    /// <summary>Two centers of one site would take each other's place at the broker.</summary>
    private FileStream TakeRunLock()
    {
        try
        {
            return new FileStream(folder.RunLock, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = PrivateFiles.FileMode0600,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"state folder {folder.Root}: another center is running on it, or it can't be written; "
                    + "stop that one or name another folder",
                inner: e);
        }
    }

    [LoggerMessage(2117, LogLevel.Warning, "systemd can't be notified: {Reason}")]
    private static partial void LogUntold(ILogger log, string reason);
}
