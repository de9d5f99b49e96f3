using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;

namespace Picket.Center.Broker;

/// <summary>The bytes of one connection: TLS, the length of each packet before it is read, and how long it has waited for the other
/// side.</summary>
/// <remarks>One reader and one writer at a time; the rest may be called from any thread.</remarks>
internal sealed class NodeChannel : IMqttChannel
{
    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly PacketSizes _sizes;
    private readonly TimeProvider _time;
    private long _readingSince;
    private long _writingSince;

    /// <param name="socket">Takes ownership.</param>
    public NodeChannel(Socket socket, BrokerLimits limits, TimeProvider time)
    {
        _socket = socket;
        _tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        _sizes = new PacketSizes(limits.PacketBytes, limits.ConnectBytes);
        _time = time;
        (RemoteEndPoint, LocalEndPoint) = (socket.RemoteEndPoint!, socket.LocalEndPoint!);
    }

    public EndPoint RemoteEndPoint { get; }

    public EndPoint LocalEndPoint { get; }

    public bool IsSecureConnection => true;

    /// <summary>Available from the end of the handshake on.</summary>
    public X509Certificate2? ClientCertificate => _tls.RemoteCertificate as X509Certificate2;

    /// <summary>Bytes of packets that were read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Why the last read failed, if it was because of what the other side sent.</summary>
    public string? Refusal { get; private set; }

    public bool IsWriting => Volatile.Read(ref _writingSince) != 0;

    /// <summary>How long it has waited for the other side to send anything; nothing while nobody reads here.</summary>
    public TimeSpan Silence => Since(ref _readingSince);

    /// <summary>How long it has waited for the other side to take what was sent.</summary>
    public TimeSpan Unread => Since(ref _writingSince);

    public Task AuthenticateAsync(SslServerAuthenticationOptions options, CancellationToken cancel) =>
        _tls.AuthenticateAsServerAsync(options, cancel);

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Close();
        return Task.CompletedTask;
    }

    /// <exception cref="IOException">The connection has ended, or a packet is too long.</exception>
    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _readingSince, Now());
        var read = await _tls.ReadAsync(buffer.AsMemory(offset, count), cancellationToken);
        Volatile.Write(ref _readingSince, 0);
        BytesRead += read;
        if (_sizes.Take(buffer.AsSpan(offset, read), out var reason)) return read;
        Refusal = reason;
        throw new IOException(reason);
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _writingSince, Now());
        foreach (var part in buffer) await _tls.WriteAsync(part, cancellationToken);
        Volatile.Write(ref _writingSince, 0);
    }

    /// <summary>Ends the connection: reads and writes in progress fail.</summary>
    public void Close() => _socket.Dispose();

    /// <summary>Releases what TLS holds; called by the reader when nothing is read any more.</summary>
    public void Dispose()
    {
        Close();
        _tls.Dispose();
    }

    // Never 0, which means that nothing is in progress.
    private long Now() => _time.GetTimestamp() | 1;

    private TimeSpan Since(ref long field) =>
        Volatile.Read(ref field) is var at and not 0 ? _time.GetElapsedTime(at) : TimeSpan.Zero;
}
