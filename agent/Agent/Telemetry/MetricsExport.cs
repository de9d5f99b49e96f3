using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Picket.Agent.Telemetry;

/// <summary>Sends the node's counters, and the runtime's, to a receiver of OTLP. While nobody receives them, they are not kept: the
/// next report has newer ones.</summary>
internal sealed class MetricsExport : IDisposable
{
    /// <summary>A report is about 6 kB: 1 kbit/s of the site's line, if it goes over that.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>A receiver that does not answer must not keep a node from ending.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly MeterProvider _provider;
    private readonly TimeSpan _farewell;

    /// <param name="receiver">With its path: <c>http://127.0.0.1:4318/v1/metrics</c>.</param>
    /// <param name="farewell">How long the last report may take; null for <see cref="Farewell"/>.</param>
    public MetricsExport(Uri receiver, string node, TimeSpan? farewell = null)
    {
        _farewell = farewell ?? Farewell;
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("picket", serviceInstanceId: node))
            .AddMeter(NodeMetrics.MeterName, MetricsText.RuntimeMeter)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = receiver;
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)Every.TotalMilliseconds;
            })
            .Build();
    }

    /// <summary>Sends what there is one last time.</summary>
    public void Dispose()
    {
        _provider.Shutdown((int)_farewell.TotalMilliseconds);
        _provider.Dispose();
    }
}
