using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>A node's own outbox and link on a site with the real broker and center.</summary>
internal sealed class NodeOnSite : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly LinkPump _pump;
    private readonly Task _running;

    private NodeOnSite(OutboxStore outbox, LinkPump pump)
    {
        (Outbox, _pump) = (outbox, pump);
        _running = pump.RunAsync(_end.Token);
    }

    public OutboxStore Outbox { get; }

    public LinkTelemetry Telemetry => _pump.Telemetry;

    /// <param name="state">Its state folder; made, and the node signed, if it is not there.</param>
    public static NodeOnSite Start(TestSite site, string name, string state)
    {
        var identity = new NodeIdentity(state);
        var outbox = OpenOutbox(state, name);
        if (!File.Exists(identity.CertificateFile))
        {
            site.Sign(name);
            File.Copy(site.KeyFile(name), identity.KeyFile);
            File.Copy(site.CertificateFile(name), identity.CertificateFile);
            File.Copy(site.Folder.CaTrusted, identity.CaFile);
        }
        var pump = new LinkPump(
            outbox, name, [new EndpointConfig("localhost", site.Port)],
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, name, identity, NullLogger.Instance, cancel),
            new LinkOptions { BackoffMin = TimeSpan.FromMilliseconds(50), BackoffMax = TimeSpan.FromSeconds(1) },
            TimeProvider.System, NullLogger.Instance);
        return new NodeOnSite(outbox, pump);
    }

    public static OutboxStore OpenOutbox(string state, string name) =>
        OutboxStore.Open(state, name, new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    public static EventDraft Alert(string person = "Ann Example") => new()
    {
        At = DateTimeOffset.UtcNow,
        Kind = EventKind.FaceMatch,
        Camera = "gate",
        Passage = Guid.CreateVersion7(),
        Phase = PassagePhase.New,
        Body = new EventBody
        {
            Face = new FaceMatchBody(person, "watch", 0.5f, 0.4f, 7, DateTimeOffset.UtcNow, [1, 2, 3, 4], 0.9f, 3),
        },
    };

    /// <summary>Waits until the center has answered for everything.</summary>
    public async Task DrainedAsync(CancellationToken cancel)
    {
        while (Outbox.Reader.HasPending()) await Task.Delay(20, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        await Outbox.DisposeAsync();
        _end.Dispose();
    }
}
