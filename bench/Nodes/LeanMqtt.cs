using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Picket.Bench.Nodes;

/// <summary>As much of MQTT 5 as a simulated node needs, over mutual TLS 1.3: thousands of them in one process, on the
/// processor that the broker and the center under test run on as well; MQTTnet takes twice as much of it.</summary>
internal sealed class LeanMqtt : IAsyncDisposable
{
    /// <summary>Below the broker's receive maximum (200), which would end the connection.</summary>
    private const int MaxInFlight = 100;

    private const int MaxPacket = 128 * 1024;

    /// <summary>As the product's.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    /// <summary>As the product's: a ping after this long a silence, and the end after as long again.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly SslStream _stream;
    private readonly PipeReader _reader;
    private readonly SemaphoreSlim _slots = new(MaxInFlight);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<ushort, TaskCompletionSource<byte>> _answers = new();
    private readonly CancellationTokenSource _ended = new();
    private int _packet;
    private long _heardAt = Stopwatch.GetTimestamp();

    private LeanMqtt(SslStream stream)
    {
        _stream = stream;
        _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 2048, minimumReadSize: 512));
    }

    /// <summary>Connects, and returns when the broker has welcomed us and granted <paramref name="filters"/>.</summary>
    /// <exception cref="IOException">It did not.</exception>
    public static async Task<LeanMqtt> ConnectAsync(
        int port, string clientId, SslStreamCertificateContext certificate, X509ChainPolicy trust,
        string[] filters, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectTimeout);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            socket.Bind(new IPEndPoint(AddressOf(clientId), 0));
            await socket.ConnectAsync("127.0.0.1", port, limit.Token);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ClientCertificateContext = certificate,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    CertificateChainPolicy = trust.Clone(),
                },
                limit.Token);
            var client = new LeanMqtt(stream);
            await client.BeginAsync(clientId, filters, limit.Token);
            return client;
        }
        catch (Exception e) when (e is SocketException or AuthenticationException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            stream?.Dispose();
            socket.Dispose();
            throw new IOException(e.Message, e);
        }
        catch
        {
            stream?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One of loopback's for each node, by its number: a broker gives a single address only a part of its places.</summary>
    private static IPAddress AddressOf(string clientId)
    {
        var number = int.Parse(clientId.AsSpan(clientId.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);
        return new IPAddress([127, 1, (byte)(number / 250), (byte)(number % 250 + 1)]);
    }

    /// <summary>At QoS 1; returns the reason code of the broker's answer.</summary>
    /// <exception cref="IOException">The connection ended first.</exception>
    public async Task<byte> PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel);
        var size = 2 + Encoding.UTF8.GetByteCount(topic) + 3 + payload.Length;
        var packet = ArrayPool<byte>.Shared.Rent(size + 8);
        var length = 0;
        packet[length++] = (byte)(retain ? 0x33 : 0x32);
        length += WriteSize(packet.AsSpan(length), size);
        length += WriteText(packet.AsSpan(length), topic);
        var id = NextPacket();
        var answer = _answers[id] = new TaskCompletionSource<byte>(TaskCreationOptions.RunContinuationsAsynchronously);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(length), id);
        length += 2;
        packet[length++] = 0; // no properties
        payload.Span.CopyTo(packet.AsSpan(length));
        await WriteAsync(packet.AsMemory(0, length + payload.Length), cancel);
        ArrayPool<byte>.Shared.Return(packet);
        if (_ended.IsCancellationRequested) End();
        return await answer.Task.WaitAsync(cancel);
    }

    /// <summary>Reads until the connection ends; <paramref name="received"/> gets topic and payload, lent.</summary>
    /// <exception cref="IOException">It ended.</exception>
    public async Task ReadAsync(Func<string, ReadOnlySequence<byte>, ValueTask> received, CancellationToken cancel)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var watch = WatchAsync(silent);
        try
        {
            while (true)
            {
                var (type, body, end) = await NextAsync(silent.Token);
                _heardAt = Stopwatch.GetTimestamp();
                switch (type >> 4)
                {
                    case 3:
                        var (topic, payload) = MessageOf(body);
                        await received(topic, payload);
                        break;
                    case 4:
                        Answered(body);
                        break;
                    case 14:
                        throw new IOException("the broker says goodbye");
                }
                _reader.AdvanceTo(end);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"no answer for {KeepAlive.TotalSeconds:0} s");
        }
        finally
        {
            End();
            await silent.CancelAsync();
            await watch;
        }
    }

    /// <summary>Pings after a silence, and ends the reading if nothing answers.</summary>
    private async Task WatchAsync(CancellationTokenSource silent)
    {
        byte[] ping = [0xC0, 0];
        using var timer = new PeriodicTimer(KeepAlive / 4);
        var isAsked = false;
        try
        {
            while (await timer.WaitForNextTickAsync(silent.Token))
            {
                var silence = Stopwatch.GetElapsedTime(Volatile.Read(ref _heardAt));
                if (silence >= KeepAlive * 2) await silent.CancelAsync();
                else if (silence < KeepAlive) isAsked = false;
                else if (!isAsked)
                {
                    isAsked = true;
                    await WriteAsync(ping, silent.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The reader sees it as well.
            return;
        }
    }

    /// <summary>Nothing more is answered.</summary>
    private void End()
    {
        _ended.Cancel();
        foreach (var (_, answer) in _answers) answer.TrySetException(new IOException("the connection has ended"));
    }

    private void Answered(ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        if (!reader.TryReadBigEndian(out short id)) throw new IOException("an answer without a number");
        if (!reader.TryRead(out var reason)) reason = 0; // left out by the sender: success
        if (_answers.TryRemove((ushort)id, out var answer)) answer.TrySetResult(reason);
        _slots.Release();
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await _reader.CompleteAsync();
        await _stream.DisposeAsync();
    }

    private async Task BeginAsync(string clientId, string[] filters, CancellationToken cancel)
    {
        var packet = new byte[512];
        // Name and version, clean start, 60 s keep-alive, no properties.
        byte[] head = [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5, 2, 0, 60, 0];
        packet[0] = 0x10;
        packet[1] = (byte)(head.Length + 2 + clientId.Length);
        head.CopyTo(packet, 2);
        var length = 2 + head.Length;
        length += WriteText(packet.AsSpan(length), clientId);
        await WriteAsync(packet.AsMemory(0, length), cancel);
        var (type, welcome, end) = await NextAsync(cancel);
        var reason = type >> 4 == 2 ? welcome.Slice(1, 1).FirstSpan[0] : 0xFF;
        _reader.AdvanceTo(end);
        if (reason != 0) throw new IOException($"the broker refuses {clientId}: {reason:x2}");

        length = 2;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(length), NextPacket());
        length += 2;
        packet[length++] = 0;
        foreach (var filter in filters)
        {
            length += WriteText(packet.AsSpan(length), filter);
            packet[length++] = 0; // QoS 0
        }
        packet[0] = 0x82;
        packet[1] = (byte)(length - 2);
        if (length - 2 > 127) throw new ArgumentException("the filters are too long", nameof(filters));
        await WriteAsync(packet.AsMemory(0, length), cancel);
        (type, _, end) = await NextAsync(cancel);
        _reader.AdvanceTo(end);
        if (type >> 4 != 9) throw new IOException($"no answer to the subscription of {clientId}");
    }

    private async Task<(byte Type, ReadOnlySequence<byte> Body, SequencePosition End)> NextAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancel);
            if (TryPacket(read.Buffer, out var type, out var body)) return (type, body, body.End);
            if (read.IsCompleted) throw new IOException("closed by the broker");
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static bool TryPacket(ReadOnlySequence<byte> buffer, out byte type, out ReadOnlySequence<byte> body)
    {
        (type, body) = (0, default);
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out type) || !TryReadSize(ref reader, out var size)) return false;
        if (size > MaxPacket) throw new IOException($"a packet of {size} bytes");
        if (reader.Remaining < size) return false;
        body = buffer.Slice(reader.Position, size);
        return true;
    }

    private static bool TryReadSize(ref SequenceReader<byte> reader, out int size)
    {
        size = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            if (!reader.TryRead(out var part)) return false;
            size |= (part & 0x7F) << shift;
            if (part < 0x80) return true;
        }
        throw new IOException("a packet without a length");
    }

    private static (string Topic, ReadOnlySequence<byte> Payload) MessageOf(ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        if (!reader.TryReadBigEndian(out short length)) throw new IOException("a message without a topic");
        var topic = Encoding.UTF8.GetString(body.Slice(reader.Position, length));
        reader.Advance(length);
        TryReadSize(ref reader, out var properties);
        reader.Advance(properties);
        return (topic, body.Slice(reader.Position));
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> packet, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            await _stream.WriteAsync(packet, cancel);
        }
        finally
        {
            _writing.Release();
        }
    }

    // An id may be used again when its answer has come: at most 100 of 65,535 are out.
    private ushort NextPacket() => (ushort)((Interlocked.Increment(ref _packet) % 65535) + 1);

    private static int WriteSize(Span<byte> at, int size)
    {
        var length = 0;
        do
        {
            at[length++] = (byte)((size & 0x7F) | (size > 0x7F ? 0x80 : 0));
            size >>= 7;
        }
        while (size > 0);
        return length;
    }

    private static int WriteText(Span<byte> at, string text)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)text.Length);
        return 2 + Encoding.UTF8.GetBytes(text, at[2..]);
    }
}
