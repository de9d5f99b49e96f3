using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Picket.Agent.Telemetry;

/// <summary>The node's counters, and the runtime's beside them, in Prometheus' text format 0.0.4.</summary>
/// <remarks>Names follow OpenTelemetry's rules for Prometheus: dots become underscores, the unit is appended if it is
/// bytes or seconds, and counters end with <c>_total</c>.</remarks>
internal sealed class MetricsText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The runtime's own: processor time, memory, collections, threads.</summary>
    public const string RuntimeMeter = "System.Runtime";

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private Instrument? _headed;

    /// <param name="meter">Lent: the node's.</param>
    public MetricsText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.IsObservable && (instrument.Meter == meter || instrument.Meter.Name == RuntimeMeter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All of them with their current values.</summary>
    /// <exception cref="AggregateException">Some are unavailable just now.</exception>
    public string Read()
    {
        lock (_gate)
        {
            _text.Clear();
            _headed = null;
            _listener.RecordObservableInstruments();
            return _text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) where T : IFormattable
    {
        var isCounter = instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableCounter<>);
        var name = instrument.Name.Replace('.', '_')
            + instrument.Unit switch { "By" => "_bytes", "s" => "_seconds", _ => "" }
            + (isCounter ? "_total" : "");
        if (_headed != instrument)
        {
            _headed = instrument;
            _text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(instrument.Description ?? "")).Append('\n');
            _text.Append("# TYPE ").Append(name).Append(isCounter ? " counter\n" : " gauge\n");
        }
        _text.Append(name);
        for (var i = 0; i < tags.Length; i++)
        {
            var text = Convert.ToString(tags[i].Value, CultureInfo.InvariantCulture) ?? "";
            _text.Append(i == 0 ? '{' : ',').Append(tags[i].Key.Replace('.', '_'))
                .Append("=\"").Append(Escaped(text).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }
        if (tags.Length > 0) _text.Append('}');
        _text.Append(' ').Append(value.ToString(null, CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
