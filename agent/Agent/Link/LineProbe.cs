using System.Security.Cryptography;
using Picket.Agent.Config;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Measures a line with the node's own certificate, using messages that nobody receives.</summary>
/// <remarks>They go to <see cref="Topics.Probe"/>, which no access list grants: the broker reads each message to its end
/// and then refuses it (MQTT 5, reason 0x87). The line has carried it all the same, and neither the center nor the node's
/// status shows it.</remarks>
internal sealed class LineProbe(EndpointConfig endpoint, string node, NodeIdentity identity, TimeProvider time)
{
    private const int RoundTrips = 5;

    /// <summary>How many reads are packed to see what one takes: as many as are queued on a thin line at a time.</summary>
    private const int SampleReads = 10;

    /// <summary>As <see cref="LinkOptions.WindowBytes"/>.</summary>
    private const int MaxWindowBytes = 64 * 1024;

    private readonly List<(Task<MqttReason> Answer, SendMark Mark, int Size)> _underWay = [];
    private readonly LineRate _rate = new(MaxWindowBytes, time);

    /// <summary>Connects and sends for <paramref name="duration"/>.</summary>
    /// <exception cref="LinkException">The broker can't be reached, is not this site's, or refuses this
    /// node.</exception>
    public async Task<LineMeasurement> MeasureAsync(TimeSpan duration, CancellationToken cancel)
    {
        var options = new MqttOptions
        {
            Host = endpoint.Host,
            Port = endpoint.Port,
            ClientId = node,
            CaFile = identity.CaFile,
            CertificateFile = identity.CertificateFile,
            KeyFile = identity.KeyFile,
        };
        try
        {
            var started = time.GetTimestamp();
            await using var connection = await MqttConnection.ConnectAsync(options, cancel);
            var connect = time.GetElapsedTime(started);
            var roundTrip = await RoundTripAsync(connection, cancel);
            var bytesPerSecond = await RateAsync(connection, duration, cancel);
            var perRead = BytesPerRead();
            var reads = bytesPerSecond / perRead;
            return new LineMeasurement(
                options.Endpoint, node, connect.TotalMilliseconds, roundTrip.TotalMilliseconds, bytesPerSecond * 8, perRead,
                reads, reads * TimeSpan.SecondsPerDay / LineMeasurement.MessagesOfABusyDay);
        }
        catch (MqttException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    private async Task<TimeSpan> RoundTripAsync(MqttConnection connection, CancellationToken cancel)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < RoundTrips; i++)
        {
            var sent = time.GetTimestamp();
            await SendAsync(connection, [0], cancel);
            times.Add(time.GetElapsedTime(sent));
        }
        return times.Order().ElementAt(RoundTrips / 2);
    }

    /// <summary>Keeps the line as busy as the node would. Returns bytes a second from the first answer to the last, or null if
    /// there were fewer than two.</summary>
    private async Task<double?> RateAsync(MqttConnection connection, TimeSpan duration, CancellationToken cancel)
    {
        var (arrived, started) = (0L, time.GetTimestamp());
        (long At, long Arrived)? first = null;
        var last = started;
        var sending = 0;
        while (time.GetElapsedTime(started) < duration || _underWay.Count > 0)
        {
            var size = Math.Clamp(_rate.WindowBytes / 6, 500, 8000);
            while (time.GetElapsedTime(started) < duration
                && (sending == 0 || sending + size + LineRate.MessageOverheadBytes <= _rate.WindowBytes))
            {
                var answer = SendAsync(connection, RandomNumberGenerator.GetBytes(size), cancel);
                sending += size + LineRate.MessageOverheadBytes;
                _underWay.Add((answer, _rate.Mark(sending), size + LineRate.MessageOverheadBytes));
            }
            await Task.WhenAny(_underWay.Select(one => one.Answer));
            foreach (var one in _underWay.Where(one => one.Answer.IsCompleted).ToArray())
            {
                await one.Answer;
                _underWay.Remove(one);
                _rate.Arrived(one.Mark, one.Size);
                sending -= one.Size;
                arrived += one.Size;
                last = time.GetTimestamp();
                first ??= (last, arrived);
            }
        }
        var seconds = first is var (at, _) ? time.GetElapsedTime(at, last).TotalSeconds : 0;
        return seconds > 0 ? (arrived - first!.Value.Arrived) / seconds : null;
    }

    private Task<MqttReason> SendAsync(MqttConnection connection, byte[] payload, CancellationToken cancel) =>
        connection.PublishAsync(Topics.Probe(node), payload, 1, retain: false, cancel);

    /// <summary>Packs reads as a node's outbox holds them.</summary>
    private double BytesPerRead()
    {
        var (epoch, at) = (Guid.CreateVersion7(), time.GetUtcNow());
        var reads = Enumerable.Range(1, SampleReads).Select(i => (ReadOnlyMemory<byte>)WireJson.Write(Read(epoch, at, i)));
        return ((double)PackedMessages.Write([.. reads]).Length + LineRate.MessageOverheadBytes) / SampleReads;
    }

    private EventEnvelope Read(Guid epoch, DateTimeOffset at, int number)
    {
        int Dice(int below) => RandomNumberGenerator.GetInt32(below);
        var text = string.Create(7, 0, (s, _) =>
        {
            for (var i = 0; i < s.Length; i++) s[i] = i < 3 ? (char)('A' + Dice(26)) : (char)('0' + Dice(10));
        });
        var (x, y) = (Dice(1800), Dice(1000));
        return new EventEnvelope
        {
            Id = Guid.CreateVersion7(at.AddMilliseconds(180 * number)),
            Node = node,
            Camera = $"camera-{Dice(16)}",
            Epoch = epoch,
            Seq = 100_000 + number,
            At = at.AddMilliseconds(180 * number),
            Mono = (180_000_000L * number) + Dice(1_000_000),
            Kind = EventKind.PlateRead,
            Passage = Guid.CreateVersion7(at),
            Phase = (PassagePhase)Dice(3),
            Rev = Dice(3),
            Body = new EventBody
            {
                Plate = new PlateReadBody(
                    text, Dice(1000) / 1000f, [.. text.Select(_ => (90 + Dice(11)) / 100f)], 1, [x, y, 100 + Dice(50), 30],
                    [x, y, x + 100, y + Dice(4), x + 100, y + 30, x, y + 30], Dice(1_000_000), 1 + Dice(9),
                    ["plate-detect 1.0.0", "plate-read 1.0.0"], "letters and number", "pk"),
            },
        };
    }
}
