using System.Net;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;
using NodeEnrollment = Picket.Agent.Link.Enrollment;
using SiteEnrollment = Picket.Center.Enroll.Enrollment;

namespace Picket.Tests.Center.Enroll;

/// <summary>Certificates change while broker, center, outbox and link run.</summary>
public sealed class RunningSiteTests : IAsyncLifetime
{
    private const string Node = "gate-1";

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(180));
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;
    private readonly int _brokerPort = MosquittoBroker.FreePort();
    private readonly List<IAsyncDisposable> _parts = [];

    public RunningSiteTests()
    {
        _site = new StateFolder(_temp.File("site"));
        SiteEnrollment.CreateSite(_site, [], "127.0.0.1", _brokerPort, TimeProvider.System);
    }

    private NodeIdentity Identity => new(_temp.File("node"));

    private CancellationToken Cancel => _limit.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _parts.Reverse();
        foreach (var part in _parts) await part.DisposeAsync();
        _temp.Dispose();
        _limit.Dispose();
    }

    /// <summary>Its events are accepted while the broker refuses it, and are at the center once the certificate is
    /// renewed: nothing was started again.</summary>
    [BrokerFact]
    public async Task Node_WithAnExpiredCertificate_KeepsItsEventsAndSendsThemAfterTheRenewal()
    {
        var request = NodeEnrollment.Request(Identity, Node);
        NodeEnrollment.Install(
            Identity, SiteEnrollment.Sign(_site, request, Node, null, false, Clocks.InDays(-900)).Bundle, Node);
        await StartSiteAsync();
        var server = await ServeAsync();
        await using var outbox = OutboxStore.Open(
            Identity.StateFolder, Node, new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        using var end = new CancellationTokenSource();
        var pump = new LinkPump(
            outbox, Node, [new EndpointConfig("localhost", _brokerPort)],
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, Node, Identity, NullLogger.Instance, cancel),
            new LinkOptions { BackoffMin = TimeSpan.FromMilliseconds(50), BackoffMax = TimeSpan.FromMilliseconds(300) },
            TimeProvider.System, NullLogger.Instance);
        var running = pump.RunAsync(end.Token);
        await UntilAsync(() => pump.Telemetry.LastError is not null);
        for (var i = 0; i < 20; i++) await outbox.AppendAsync(Down(), Cancel);
        Assert.Equal(0, pump.Telemetry.Acked);

        Assert.True(await Renewal(server).LookAsync(Cancel));

        await UntilAsync(() => !outbox.Reader.HasPending());
        Assert.Equal(20, pump.Telemetry.Acked);
        Assert.Equal(20, Count());
        await end.CancelAsync();
        await running;
    }

    [BrokerFact]
    public async Task Rotation_WhileTheBrokerRuns_LetsTheNodeInAllTheTimeAndEndsTheOldCertificates()
    {
        await StartSiteAsync();
        var server = await ServeAsync();
        var code = await SiteEnrollment.AddNodeAsync(_site, Node, TimeSpan.FromDays(1), TimeProvider.System, Cancel);
        await NodeEnrollment.JoinAsync(Identity, Url(server), code, TimeProvider.System, Cancel);
        var old = new NodeIdentity(_temp.File("old"));
        Copy(Identity, old);
        await UntilGetsInAsync(Identity);

        Rotation.Begin(_site, TimeProvider.System);
        await UntilGetsInAsync(old);
        Assert.True(await Renewal(server).LookAsync(Cancel));
        await UntilGetsInAsync(Identity);
        await UntilGetsInAsync(old);
        Assert.False(await Renewal(server).LookAsync(Cancel));

        Rotation.Finish(_site, force: false, TimeProvider.System);
        await UntilAsync(async () => !await GetsInAsync(old));
        await UntilGetsInAsync(Identity);
        Assert.False(await GetsInAsync(old)); // and not because the broker was about to change its own
        Assert.False(await Renewal(server).LookAsync(Cancel));
        await UntilGetsInAsync(Identity); // knows the new authority alone
    }

    /// <summary>Broker and center with certificates that are due: the running broker shows the new one, and its key is the
    /// same.</summary>
    [BrokerFact]
    public async Task Upkeep_BrokersCertificateDue_IsReplacedInTheRunningBroker()
    {
        using (var authorities = SiteAuthorities.Load(_site, Clocks.InDays(-600)))
            SiteEnrollment.WriteServers(_site, authorities, authorities.Issuing);
        var key = await File.ReadAllTextAsync(_site.BrokerKey);
        _parts.Add(await MosquittoBroker.StartAsync(_site.BrokerConfiguration, _brokerPort));
        var before = Shown();

        await new SiteUpkeep(_site, TimeProvider.System, NullLogger.Instance).LookAsync(Cancel);

        await UntilAsync(() => Shown() != before);
        Assert.Contains(Serial(_site.BrokerCertificate), Shown());
        Assert.Equal(key, await File.ReadAllTextAsync(_site.BrokerKey));
        Assert.Contains("IP Address:127.0.0.1", OpenSsl.Run(
            "x509", "-in", _site.BrokerCertificate, "-noout", "-ext", "subjectAltName").Output);
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, _site.CenterCertificate).ExitCode);
    }

    private async Task StartSiteAsync()
    {
        _parts.Add(await MosquittoBroker.StartAsync(_site.BrokerConfiguration, _brokerPort));
        _parts.Add(new RunningCenter(_site, new BrokerAddress("localhost", _brokerPort)));
    }

    private async Task<EnrollmentServer> ServeAsync()
    {
        var server = await EnrollmentServer.StartAsync(
            _site, IPAddress.Loopback, 0, NullLoggerFactory.Instance, TimeProvider.System);
        _parts.Add(server);
        return server;
    }

    private static Uri Url(EnrollmentServer server) => new($"https://127.0.0.1:{server.Port}");

    private CertificateRenewal Renewal(EnrollmentServer server) =>
        new(Identity, Node, Url(server), TimeProvider.System, NullLogger.Instance);

    private static EventDraft Down() => new()
    {
        At = DateTimeOffset.UtcNow,
        Kind = EventKind.CameraDown,
        Camera = "gate",
        Body = new EventBody { CameraState = new CameraStateBody("no answer") },
    };

    private static void Copy(NodeIdentity from, NodeIdentity to)
    {
        Directory.CreateDirectory(to.StateFolder);
        File.Copy(from.CaFile, to.CaFile);
        File.Copy(from.CertificateFile, to.CertificateFile);
        File.Copy(from.KeyFile, to.KeyFile);
    }

    private Task UntilGetsInAsync(NodeIdentity identity) => UntilAsync(() => GetsInAsync(identity));

    private async Task<bool> GetsInAsync(NodeIdentity identity)
    {
        try
        {
            await using var connection = await MqttConnection.ConnectAsync(
                new MqttOptions
                {
                    Host = "localhost",
                    Port = _brokerPort,
                    ClientId = Node,
                    CaFile = _site.BrokerCa, // the broker's side is what is looked at
                    CertificateFile = identity.CertificateFile,
                    KeyFile = identity.KeyFile,
                },
                Cancel);
            return true;
        }
        catch (MqttException)
        {
            return false;
        }
    }

    /// <summary>The broker does what a signal tells it when its loop comes to it.</summary>
    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition()) await timer.WaitForNextTickAsync(Cancel);
    }

    private Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <summary>The certificate that the broker shows, as openssl describes it.</summary>
    private string Shown() => OpenSsl.Run(
        "s_client", "-connect", $"127.0.0.1:{_brokerPort}", "-CAfile", _site.CaCertificate, "-showcerts").Output is var text
        && text.IndexOf("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal) is var from and >= 0
            ? SerialOf(text[from..(text.IndexOf("-----END CERTIFICATE-----", from, StringComparison.Ordinal) + 25)])
            : "";

    private string SerialOf(string pem)
    {
        var path = _temp.File("shown.pem");
        File.WriteAllText(path, pem + "\n");
        return Serial(path);
    }

    private static string Serial(string certificate) => OpenSsl.Run("x509", "-in", certificate, "-noout", "-serial").Output;

    private long Count()
    {
        using var connection = new SqliteConnection($"Data Source={_site.Database};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<long>("SELECT COUNT(*) FROM message");
    }
}
