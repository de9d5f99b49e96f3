using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;

namespace Picket.Mqtt;

/// <summary>The open line to a broker, mutual TLS 1.3, as the library takes it; it knows when it last received and wrote, and
/// holds the broker to the limits that it was told.</summary>
internal sealed class TlsChannel : IMqttChannel, IMqttClientAdapterFactory
{
    /// <summary>Four digits of seven bits: the standard's longest length (MQTT 5.0, section 1.5.5).</summary>
    private const int MaxLengthDigits = 4;

    private const int Publish = 3; // MQTT 5.0, section 2.1.2

    private readonly MqttOptions _options;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }; // small and waited for
    private readonly SemaphoreSlim _room;
    private SslStream? _stream;
    private long _heardAt;
    private long _writtenAt;

    // Where the reader is in the packets: at the type, at a digit of the length, or in the body.
    private bool _isInHeader;
    private bool _isPublish;
    private int _digits;
    private int _left;

    private TlsChannel(MqttOptions options)
    {
        _options = options;
        _room = new SemaphoreSlim(options.MaxReceived);
        _heardAt = _writtenAt = options.Time.GetTimestamp();
    }

    public X509Certificate2? ClientCertificate => null; // what a server asks for

    public EndPoint? RemoteEndPoint => _socket.RemoteEndPoint;

    public EndPoint? LocalEndPoint => _socket.LocalEndPoint;

    public bool IsSecureConnection => true;

    /// <summary>When a byte was last received; see <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long HeardAt => Volatile.Read(ref _heardAt);

    /// <summary>When the last packet was written.</summary>
    public long WrittenAt => Volatile.Read(ref _writtenAt);

    /// <summary>Connects and does the handshake.</summary>
    /// <param name="identity">Lent for the handshake.</param>
    /// <exception cref="MqttException">Nobody answers there, or one side refuses the other.</exception>
    public static async Task<TlsChannel> OpenAsync(MqttOptions options, TlsIdentity identity, CancellationToken cancel)
    {
        var channel = new TlsChannel(options);
        string? brokersFault = null;
        try
        {
            await channel._socket.ConnectAsync(options.Host, options.Port, cancel);
            channel._stream = new SslStream(new NetworkStream(channel._socket, ownsSocket: true));
            await channel._stream.AuthenticateAsClientAsync(
                identity.Options(fault => brokersFault = fault), cancel);
            return channel;
        }
        catch (SocketException e)
        {
            channel.Dispose();
            throw new MqttException($"{options.Endpoint}: {e.Message}", e);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            channel.Dispose();
            throw new MqttException($"{options.Endpoint}: {brokersFault ?? identity.OwnFault(e, isShown: false)}", e);
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>A message that the library had is out of its queue.</summary>
    public void Handled() => _room.Release();

    public IMqttChannelAdapter CreateClientAdapter(
        MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) =>
        new MqttChannelAdapter(
            this,
            new MqttPacketFormatterAdapter(
                options.ProtocolVersion, new MqttBufferWriter(options.WriterBufferSize, options.WriterBufferSizeMax)),
            logger)
        {
            // One TLS record for a message: two would cost 90 bytes more on the line.
            AllowPacketFragmentation = false,
        };

    // It is open already.
    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <exception cref="MqttProtocolViolationException">A packet is longer than the broker was told to send.</exception>
    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var read = await _stream!.ReadAsync(buffer.AsMemory(offset, count), cancellationToken);
        Volatile.Write(ref _heardAt, _options.Time.GetTimestamp());
        // The library queues what it receives without a bound: with this many queued, the line waits.
        for (var messages = Follow(buffer.AsSpan(offset, read)); messages > 0; messages--)
            await _room.WaitAsync(cancellationToken);
        return read;
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _writtenAt, _options.Time.GetTimestamp());
        foreach (var part in buffer) await _stream!.WriteAsync(part, cancellationToken);
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }

    /// <summary>Follows the packets, and returns how many messages start: the library allocates whatever length a packet claims, up to
    /// 268 MB, before its first byte has arrived.</summary>
    private int Follow(ReadOnlySpan<byte> read)
    {
        var messages = 0;
        while (!read.IsEmpty)
        {
            if (_isInHeader)
            {
                _left |= (read[0] & 0x7F) << (7 * _digits++);
                _isInHeader = (read[0] & 0x80) != 0 && _digits < MaxLengthDigits;
                if (_left > _options.MaxPacketBytes)
                    throw new MqttProtocolViolationException(
                        $"a packet of {_left} bytes, where {_options.MaxPacketBytes} are allowed");
                read = read[1..];
                if (!_isInHeader && _isPublish) messages++;
            }
            else if (_left > 0)
            {
                var some = Math.Min(_left, read.Length);
                _left -= some;
                read = read[some..];
            }
            else
            {
                (_isPublish, _isInHeader, _digits) = (read[0] >> 4 == Publish, true, 0);
                read = read[1..];
            }
        }
        return messages;
    }
}
