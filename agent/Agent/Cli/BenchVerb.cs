using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Agent.Cli;

/// <summary><c>picket bench link</c>: measures a line to a broker and says what it carries.</summary>
internal static class BenchVerb
{
    private const int DefaultSeconds = 10;

    /// <summary>At 32 kbit/s ten minutes are 2.4 MB of somebody's data plan.</summary>
    private const int MaxSeconds = 600;

    public static Command Create() => new("bench", "Measures what this machine and its line can carry.") { Link() };

    private static Command Link()
    {
        var endpoint = new Argument<string>("endpoint") { Description = "The broker, HOST:PORT." };
        var state = new Option<string>("--state")
        {
            Description = "The node's state folder: the bench connects as this node, which must not run meanwhile.",
            HelpName = "DIR",
            Required = true,
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = $"How many seconds to send, 1 to {MaxSeconds}.",
            DefaultValueFactory = _ => DefaultSeconds,
        };
        var json = new Option<bool>("--json") { Description = "JSON on one line." };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxSeconds)
                result.AddError($"--seconds must be 1 to {MaxSeconds}");
        });
        endpoint.Validators.Add(result =>
        {
            if (Parse(result.GetValueOrDefault<string>()) is null)
                result.AddError("give the broker as HOST:PORT");
        });
        var verb = new Command(
            "link",
            "Measures the line to a broker: connect, round trip, rate up, and what that carries. "
            + "Example: picket bench link center.example:8883 --state /var/lib/picket")
        {
            endpoint, state, seconds, json,
        };
        verb.SetAction(async (result, cancel) =>
        {
            var folder = Path.GetFullPath(result.GetValue(state)!);
            using var alone = TakeNode(folder);
            var identity = new NodeIdentity(folder);
            var probe = new LineProbe(
                Parse(result.GetValue(endpoint))!.Value, NodeOf(identity), identity, TimeProvider.System);
            try
            {
                var line = await probe.MeasureAsync(TimeSpan.FromSeconds(result.GetValue(seconds)), cancel);
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    result.GetValue(json) ? JsonSerializer.Serialize(line, BenchJson.Default.LineMeasurement) : Text(line));
                return (int)ExitCode.Done;
            }
            catch (LinkException e)
            {
                throw new PicketException(e.Message, inner: e);
            }
        });
        return verb;
    }

    private static EndpointConfig? Parse(string? text) =>
        HostName.TrySplit(text ?? "", 0, out var host, out var port, out _) ? new EndpointConfig(host, port) : null;

    /// <summary>A second connection with the same certificate would disconnect the running node.</summary>
    private static FileStream? TakeNode(string folder)
    {
        var path = Path.Combine(folder, "outbox.lock");
        try
        {
            return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;
        }
        catch (IOException e)
        {
            throw new PicketException(
                $"{folder}: the node runs; stop it first, because its certificate can hold only one connection", inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PicketException($"{path}: can't be opened; use the account that picket runs as", inner: e);
        }
    }

    private static string NodeOf(NodeIdentity identity)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(identity.CertificateFile);
            return certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"{identity.CertificateFile}: no certificate there ({e.Message}); enroll this machine first: picket join",
                inner: e);
        }
    }

    private static string Text(LineMeasurement line) => string.Create(CultureInfo.InvariantCulture, $"""
        line        {line.Endpoint} as {line.Node}
        connect     {line.ConnectMilliseconds:0} ms
        round trip  {line.RoundTripMilliseconds:0} ms
        rate up     {(line.BitsPerSecond is { } bits ? $"{bits / 1000:0.0} kbit/s, headers included" : "nothing arrived")}
        a read      {line.BytesPerRead:0} bytes, headers included, while reads are queued
        carries     {Number(line.ReadsPerSecond)} reads a second; {Number(line.BusyNodes)} busy nodes (16 cameras of 10,000 vehicles a day, 3 messages each)
        """);

    private static string Number(double? number) => number?.ToString("0.0", CultureInfo.InvariantCulture) ?? "no";
}

/// <summary>The JSON of <c>picket bench</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LineMeasurement))]
internal sealed partial class BenchJson : JsonSerializerContext;
