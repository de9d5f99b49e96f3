using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Support;

namespace Picket.Tests.Center;

/// <summary>A site as an operator makes it: authority, real broker with the generated configuration, nodes that were
/// signed.</summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly TempFolder _temp = new();

    private TestSite()
    {
        Port = MosquittoBroker.FreePort();
        Folder = new StateFolder(_temp.File("site"));
    }

    public int Port { get; }
    public StateFolder Folder { get; }

    /// <summary>For files beside the site's.</summary>
    public TempFolder Temp => _temp;

    /// <summary>The mosquitto; none where the center is its own broker.</summary>
    public MosquittoBroker Broker { get; private set; } = null!;

    /// <summary>Where the mosquitto is, for a center; null where it is its own broker.</summary>
    public BrokerAddress? Mosquitto => Broker is null ? null : new BrokerAddress("localhost", Port);

    /// <summary>A site whose center is its own broker: nobody listens before that runs.</summary>
    public static TestSite OfOneProgram()
    {
        var site = new TestSite();
        Enrollment.CreateSite(site.Folder, [], "127.0.0.1", site.Port, TimeProvider.System);
        return site;
    }

    public static async Task<TestSite> StartAsync(bool isOneProgram) => isOneProgram ? OfOneProgram() : await StartAsync();

    /// <param name="configure">Changes the generated configuration of the broker.</param>
    /// <param name="refusals">Whether the broker runs as packaged, with its refusals in the log.</param>
    public static async Task<TestSite> StartAsync(Func<string, string>? configure = null, bool refusals = false)
    {
        var site = new TestSite();
        Enrollment.CreateSite(site.Folder, [], "127.0.0.1", site.Port, TimeProvider.System);
        if (configure is not null)
        {
            var configuration = await File.ReadAllTextAsync(site.Folder.BrokerConfiguration);
            await File.WriteAllTextAsync(site.Folder.BrokerConfiguration, configure(configuration));
        }
        site.Broker = refusals
            ? await MosquittoBroker.StartWithRefusalsAsync(site.Folder.BrokerConfiguration, site.Port)
            : await MosquittoBroker.StartAsync(site.Folder.BrokerConfiguration, site.Port);
        return site;
    }

    /// <summary>Signs the node's request and connects with what came back.</summary>
    public Task<MqttConnection> JoinAsync(string name, CancellationToken cancel)
    {
        Sign(name);
        return ConnectAsync(name, cancel);
    }

    /// <summary>Signs a new key of the node; its files are those that <see cref="Options"/> names.</summary>
    public void Sign(string name, bool renew = false)
    {
        var (key, request) = OpenSsl.NewRequest(_temp, $"/CN={name}");
        var signed = Enrollment.Sign(Folder, File.ReadAllText(request), request, name, renew, TimeProvider.System);
        Assert.Equal(Broker is not null, signed.BrokerTold);
        File.WriteAllText(CertificateFile(name), signed.Bundle);
        File.Copy(key, KeyFile(name), overwrite: true);
    }

    /// <summary>Connects with the certificate that the node has.</summary>
    public Task<MqttConnection> ConnectAsync(string name, CancellationToken cancel) =>
        MqttConnection.ConnectAsync(Options(name), cancel);

    public MqttOptions Options(string name) => new()
    {
        Host = "localhost",
        Port = Port,
        ClientId = name,
        CaFile = Folder.CaCertificate,
        CertificateFile = CertificateFile(name),
        KeyFile = KeyFile(name),
    };

    public string CertificateFile(string name) => _temp.File($"{name}.pem");

    public string KeyFile(string name) => _temp.File($"{name}.key");

    public async ValueTask DisposeAsync()
    {
        if (Broker is not null) await Broker.DisposeAsync();
        _temp.Dispose();
    }
}
