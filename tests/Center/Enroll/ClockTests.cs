using System.Net;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Link;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.EndToEnd;
using Picket.Tests.Support;
using NodeEnrollment = Picket.Agent.Link.Enrollment;
using SiteEnrollment = Picket.Center.Enroll.Enrollment;

namespace Picket.Tests.Center.Enroll;

/// <summary>
/// Wrong clocks and long absences, as the real mosquitto and the real OpenSSL see them: certificates from the past, and
/// programs that are started at another time. The site's certificates live 825 days.
/// </summary>
public sealed class ClockTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(180));
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;
    private readonly int _brokerPort = MosquittoBroker.FreePort();
    private readonly List<IAsyncDisposable> _parts = [];

    public ClockTests() => _site = new StateFolder(_temp.File("site"));

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

    /// <summary>The site is 1,000 days old. The node got its certificate 850 days ago and has had no line for the last
    /// 400, in which it expired.</summary>
    [ClockFact]
    public async Task Node_400DaysOffline_IsRefusedByTheBrokerRenewsAndConnects()
    {
        Create(Clocks.InDays(-1000));
        Sign(Clocks.InDays(-850));
        Assert.Contains("certificate has expired", OpenSsl.Run(
            "verify", "-CAfile", _site.CaCertificate, _site.BrokerCertificate).Output);
        await new SiteUpkeep(_site, TimeProvider.System, NullLogger.Instance).LookAsync(Cancel);
        await StartBrokerAsync(null);
        var server = await ServeAsync(TimeProvider.System);

        await Assert.ThrowsAsync<MqttException>(ConnectAsync);
        Assert.True(await Renewal(server).LookAsync(Cancel));

        await ConnectAsync();
        Assert.False(await Renewal(server).LookAsync(Cancel));
    }

    /// <summary>As above with today's certificates, and everything at the center 900 days on.</summary>
    [ClockFact]
    public async Task Node_OfTodayAtACenter900DaysOn_IsRefusedByTheBrokerRenewsAndConnects()
    {
        Create(TimeProvider.System);
        Sign(TimeProvider.System);
        await new SiteUpkeep(_site, Clocks.InDays(900), NullLogger.Instance).LookAsync(Cancel);
        await StartBrokerAsync("+900d");
        var server = await ServeAsync(Clocks.InDays(900));
        Assert.Contains("certificate has expired", (await VerifyAtAsync("+900d", Identity.CertificateFile)).All);

        await Assert.ThrowsAsync<MqttException>(ConnectAsync);
        Assert.True(await Renewal(server).LookAsync(Cancel));

        await ConnectAsync();
        Assert.Equal(0, (await VerifyAtAsync("+900d", Identity.CertificateFile)).ExitCode);
        Assert.Equal(0, (await VerifyAtAsync("+0d", Identity.CertificateFile)).ExitCode);
    }

    /// <summary>Its certificates must not be "not yet valid" when its clock is set right.</summary>
    [ClockFact]
    public async Task Center_MadeWithItsClock700DaysAhead_GoesOnWhenThatIsSetRight()
    {
        var ahead = Clocks.InDays(700);
        Create(ahead);
        var broker = await StartBrokerAsync("+700d");
        var server = await ServeAsync(ahead);
        var code = await SiteEnrollment.AddNodeAsync(_site, "gate-1", TimeSpan.FromDays(1), ahead, Cancel);
        await NodeEnrollment.JoinAsync(Identity, Url(server), code, TimeProvider.System, Cancel);
        await ConnectAsync();

        await broker.KillAsync();
        broker.Clock = null;
        await broker.StartAsync();
        server = await ServeAsync(TimeProvider.System);

        await ConnectAsync();
        Assert.False(await Renewal(server).LookAsync(Cancel));
        // A revocation list from the future would shut everybody out: one made ahead, one made now.
        foreach (var time in (TimeProvider[])[ahead, TimeProvider.System])
        {
            using var authorities = SiteAuthorities.Load(_site, time);
            TrustFiles.WriteRevoked(_site, authorities, NodeRegistry.Load(_site));
            BrokerReload.Signal(_site);
            await ConnectAsync();
            Assert.Equal(0, OpenSsl.Run(
                "verify", "-CAfile", _site.CaCertificate, "-crl_check", "-CRLfile", _site.BrokerRevoked,
                Identity.CertificateFile).ExitCode);
        }
    }

    /// <summary>The built program, started in 1970: it joins, and OpenSSL at that time accepts the broker.</summary>
    [ClockFact]
    public async Task Node_WhoseClockStartsIn1970_JoinsAndAcceptsTheBroker()
    {
        const string Then = "@1970-01-01 00:01:00";
        Create(TimeProvider.System);
        await StartBrokerAsync(null);
        var server = await ServeAsync(TimeProvider.System);
        var code = await SiteEnrollment.AddNodeAsync(_site, "gate-1", TimeSpan.FromDays(1), TimeProvider.System, Cancel);

        var joined = await FakeTime.RunAsync(
            Then, PicketProgram.Path, "join", $"{Url(server)}", code.Reveal(), "--state", Identity.StateFolder);

        Assert.Equal((0, "gate-1\n"), (joined.ExitCode, joined.Output));
        Assert.StartsWith("picket: this machine is now gate-1.", joined.Errors, StringComparison.Ordinal);
        var handshake = await FakeTime.RunAsync(
            Then, "openssl", "s_client", "-connect", $"localhost:{_brokerPort}", "-verify_return_error", "-verify_hostname",
            "localhost", "-CAfile", Identity.CaFile, "-cert", Identity.CertificateFile, "-key", Identity.KeyFile);
        Assert.Contains("Verify return code: 0 (ok)", handshake.Output);
        await ConnectAsync();
    }

    /// <summary>The built node itself, started in 1970: what it decides is stored at the center.</summary>
    [ClockFact]
    public async Task RunningNode_WhoseClockStartsIn1970_SendsItsEvents()
    {
        Create(TimeProvider.System);
        await StartBrokerAsync(null);
        _parts.Add(new RunningCenter(_site, new BrokerAddress("localhost", _brokerPort)));
        Sign(TimeProvider.System);
        var config = _temp.File("picket.yaml");
        await File.WriteAllTextAsync(config, $"""
            node: gate-1
            state: {Identity.StateFolder}
            models: {Repository.Path("artifacts", "models")}
            cameras:
              - name: dead
                url: rtsp://127.0.0.1:1/none
                faces: false
            link:
              endpoints: ["localhost:{_brokerPort}"]

            """);
        using var node = new NodeProcess(config, FakeTime.At("@1970-01-01 00:01:00"));
        await node.UntilAsync(() => FirstEventAt() is not null, Cancel);
        Assert.InRange(FirstEventAt()!.Value, 60_000_000, 86_400_000_000);
    }

    /// <summary>When the node says that its first stored event was: microseconds since 1970.</summary>
    private long? FirstEventAt()
    {
        if (!File.Exists(_site.Database)) return null;
        using var connection = new SqliteConnection($"Data Source={_site.Database};Pooling=False");
        connection.Open();
        return connection.QueryFirstOrDefault<long?>("SELECT at FROM message WHERE node = 'gate-1' ORDER BY seq LIMIT 1");
    }

    [Fact]
    public void Sign_AfterTheAuthoritysEnd_SaysToLookAtTheClock()
    {
        Create(TimeProvider.System);

        var error = Assert.Throws<PicketException>(() => Sign(Clocks.InDays(3651)));

        Assert.Contains("set the clock", error.Message);
    }

    private void Create(TimeProvider time) => SiteEnrollment.CreateSite(_site, [], "127.0.0.1", _brokerPort, time);

    private void Sign(TimeProvider time)
    {
        var request = NodeEnrollment.Request(Identity, "gate-1");
        NodeEnrollment.Install(
            Identity, SiteEnrollment.Sign(_site, request, "gate-1", null, false, time).Bundle, "gate-1");
    }

    private async Task<MosquittoBroker> StartBrokerAsync(string? clock)
    {
        var broker = await MosquittoBroker.StartAsync(_site.BrokerConfiguration, _brokerPort, clock);
        _parts.Add(broker);
        return broker;
    }

    private async Task<EnrollmentServer> ServeAsync(TimeProvider time)
    {
        var server = await EnrollmentServer.StartAsync(_site, IPAddress.Loopback, 0, NullLoggerFactory.Instance, time);
        _parts.Add(server);
        return server;
    }

    private static Uri Url(EnrollmentServer server) => new($"https://127.0.0.1:{server.Port}");

    private CertificateRenewal Renewal(EnrollmentServer server) =>
        new(Identity, "gate-1", Url(server), TimeProvider.System, NullLogger.Instance);

    /// <summary>As the node's link does.</summary>
    private async Task ConnectAsync()
    {
        await using var connection = await MqttConnection.ConnectAsync(
            new MqttOptions
            {
                Host = "localhost",
                Port = _brokerPort,
                ClientId = "gate-1",
                CaFile = Identity.CaFile,
                CertificateFile = Identity.CertificateFile,
                KeyFile = Identity.KeyFile,
            },
            Cancel);
    }

    private async Task<(int ExitCode, string All)> VerifyAtAsync(string time, string certificate)
    {
        var result = await FakeTime.RunAsync(time, "openssl", "verify", "-CAfile", _site.CaCertificate, certificate);
        return (result.ExitCode, result.Output + result.Errors);
    }
}
