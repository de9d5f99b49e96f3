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
    public MosquittoBroker Broker { get; private set; } = null!;

    /// <param name="configure">Changes the generated configuration of the broker.</param>
    public static async Task<TestSite> StartAsync(Func<string, string>? configure = null)
    {
        var site = new TestSite();
        Enrollment.CreateSite(site.Folder, [], "127.0.0.1", site.Port, TimeProvider.System);
        if (configure is not null)
        {
            var configuration = await File.ReadAllTextAsync(site.Folder.BrokerConfiguration);
            await File.WriteAllTextAsync(site.Folder.BrokerConfiguration, configure(configuration));
        }
        site.Broker = await MosquittoBroker.StartAsync(site.Folder.BrokerConfiguration, site.Port);
        return site;
    }

    /// <summary>Signs the node's request and connects with what came back.</summary>
    public async Task<MqttConnection> JoinAsync(string name, CancellationToken cancel)
    {
        var (key, request) = OpenSsl.NewRequest(_temp, $"/CN={name}");
        var signed = Enrollment.Sign(
            Folder, await File.ReadAllTextAsync(request, cancel), request, name, false, TimeProvider.System);
        Assert.True(signed.BrokerTold);
        var bundle = _temp.File($"{name}.pem");
        await File.WriteAllTextAsync(bundle, signed.Bundle, cancel);
        return await MqttConnection.ConnectAsync(
            new MqttOptions
            {
                Host = "localhost",
                Port = Port,
                ClientId = name,
                CaFile = Folder.CaCertificate,
                CertificateFile = bundle,
                KeyFile = key,
            },
            cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        _temp.Dispose();
    }
}
