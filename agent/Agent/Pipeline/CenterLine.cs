using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;

namespace Picket.Agent.Pipeline;

/// <summary>
/// The node's line to the center: the pump over MQTT, running beside the cameras. Its failure stops nothing: events wait in the outbox.
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
    /// Faults when the line has failed for good (a missing library); stays incomplete while it works or has nowhere to connect.
    /// </summary>
    public Task Failed { get; }

    public static CenterLine Start(NodeConfig config, OutboxStore outbox, TimeProvider time, ILogger log)
    {
        var identity = new NodeIdentity(config.StateFolder);
        var options = new LinkOptions { WindowBytes = config.Link.WindowBytes };
        var pump = new LinkPump(
            outbox,
            config.Node,
            config.Link.Endpoints,
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, config.Node, identity, log, cancel),
            options,
            time,
            log,
            config.Link.Spool is { } spool ? new SpoolLink(outbox, identity, spool, time, log) : null);
        var renewal = new CertificateRenewal(identity, config.Node, config.Link.Enrollment, time, log);
        return new CenterLine(outbox, pump, renewal, config.Link.Endpoints.Count > 0);
    }

    /// <summary>
    /// Waits up to <paramref name="patience"/> until the center has everything; the rest waits for the next run.
    /// </summary>
    public async Task DrainAsync(TimeSpan patience, TimeProvider time)
    {
        if (!_connects) return;
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50), time);
        while (_pump.Telemetry.Endpoint is not null && time.GetElapsedTime(started) < patience
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
