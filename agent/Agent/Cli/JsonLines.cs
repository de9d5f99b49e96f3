using System.Buffers;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Writes one JSON object a line; every finished line is flushed at once, so that a reader can
/// follow.</summary>
/// <param name="output">Lent.</param>
internal sealed class JsonLines(Stream output) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new(16384);
    private readonly Utf8JsonWriter _writer = new(
        Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Starts an object; end it with <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin()
    {
        _line.ResetWrittenCount();
        _writer.Reset(_line);
        _writer.WriteStartObject();
        return _writer;
    }

    /// <summary>Ends the object and writes its line.</summary>
    public void End()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _line.Write("\n"u8);
        output.Write(_line.WrittenSpan);
        output.Flush();
    }

    /// <summary>A whole line that says what went wrong with a source.</summary>
    public void Error(string source, string error)
    {
        var json = Begin();
        json.WriteString("source", source);
        json.WriteString("error", error);
        End();
    }

    /// <summary>"box":[x,y,w,h] in pixels, cut to the picture: a detector may extend a face beyond the
    /// edge.</summary>
    public static void WriteBox(Utf8JsonWriter json, in Detection box, int width, int height)
    {
        var x = Math.Clamp(box.X, 0, width);
        var y = Math.Clamp(box.Y, 0, height);
        json.WriteStartArray("box");
        json.WriteNumberValue(Round(x, 1));
        json.WriteNumberValue(Round(y, 1));
        json.WriteNumberValue(Round(Math.Clamp(box.Right, 0, width) - x, 1));
        json.WriteNumberValue(Round(Math.Clamp(box.Bottom, 0, height) - y, 1));
        json.WriteEndArray();
    }

    /// <summary>Named array of [x,y] in pixels.</summary>
    public static void WritePoints(Utf8JsonWriter json, string name, ReadOnlySpan<Vector2> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(Round(point.X, 1));
            json.WriteNumberValue(Round(point.Y, 1));
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    /// <summary>As a decimal, so that 0.1f is written as 0.1.</summary>
    public static decimal Round(float value, int digits) => decimal.Round((decimal)value, digits);

    /// <summary>Seconds to the millisecond.</summary>
    public static decimal Seconds(TimeSpan time) => decimal.Round((decimal)time.TotalSeconds, 3);

    public void Dispose() => _writer.Dispose();
}
