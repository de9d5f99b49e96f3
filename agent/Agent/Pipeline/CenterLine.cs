using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;

namespace Picket.Agent.Pipeline;

/// <summary>
/// The node's line to the center: the pump over MQTT, running beside the cameras. Its fall stops nothing: events wait
/// in the outbox.
/// </summary>
internal sealed class CenterLine : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly OutboxStore _outbox;
    private readonly bool _connects;
    private readonly LinkPump _pump;
    private readonly Task _running;
    private readonly Task _renewing;

    private CenterLine(OutboxStore outbox, LinkPump pump, CertificateRenewal renewal, bool connects)
    {
        _outbox = outbox;
        _pump = pump;
        _connects = connects;
        _running = pump.RunAsync(_end.Token);
        _renewing = renewal.RunAsync(_end.Token);
        Failed = connects ? _running : Task.Delay(Timeout.Infinite, _end.Token);
    }

    public LinkTelemetry Telemetry => _pump.Telemetry;

    /// <summary>
    /// Ends, faulted, when the line has failed for good (a missing library); never while it works or has nowhere to go.
    /// </summary>
    public Task Failed { get; }

    public static CenterLine Start(NodeConfig config, OutboxStore outbox, TimeProvider clock, ILogger log)
    {
        var identity = new NodeIdentity(config.StateFolder);
        var options = new LinkOptions { WindowBytes = config.Link.WindowBytes };
        var pump = new LinkPump(
            outbox,
            config.Node,
            config.Link.Endpoints,
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, config.Node, identity, log, cancel),
            options,
            clock,
            log,
            config.Link.Spool is { } spool ? new SpoolLink(outbox, identity, spool, clock, log) : null);
        var renewal = new CertificateRenewal(identity, config.Node, config.Link.Enrollment, clock, log);
        return new CenterLine(outbox, pump, renewal, config.Link.Endpoints.Count > 0);
    }

    /// <summary>
    /// Waits until the center has everything, at most <paramref name="patience"/>; what is left waits for the next run.
    /// </summary>
    public async Task DrainAsync(TimeSpan patience, TimeProvider clock)
    {
        if (!_connects) return;
        var started = clock.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50), clock);
        while (_pump.Telemetry.Endpoint is not null && clock.GetElapsedTime(started) < patience
            && _outbox.Reader.HasPending())
            await timer.WaitForNextTickAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }
}
