using System.Buffers;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Picket.Mqtt;

/// <summary>One MQTT 5 connection over mutual TLS 1.3: it is opened once, ends once, and never reconnects by
/// itself.</summary>
/// <remarks>Members may be called from any thread. When the connection ends, every task that waits on it fails with an
/// <see cref="MqttException"/>; nothing is kept for a later connection.</remarks>
public sealed class MqttConnection : IAsyncDisposable
{
    /// <summary>How long <see cref="DisposeAsync"/> waits for the goodbye to be written before it just closes the
    /// socket.</summary>
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Bounds how late a silent line is seen; four checks a second cost nothing measurable.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>The library has a watchdog of its own, which considers only what was sent, and gives a line half the time for its
    /// answer: this one asks that much earlier, so that the other never has to.</summary>
    private static readonly TimeSpan BeforeTheLibrary = 2 * WatchInterval;

    private readonly MqttOptions _options;
    private readonly TlsChannel _channel;
    private readonly IMqttClient _client;
    private readonly Channel<MqttMessage> _received;
    private readonly Lock _gate = new();
    private readonly Queue<Receipt> _unacknowledged = new();
    private readonly Channel<Receipt> _acknowledged = Channel.CreateUnbounded<Receipt>(); // those that left the queue above
    private readonly TaskCompletionSource<MqttException> _closed = new(
        TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private SemaphoreSlim _slots;
    private TimeSpan _keepAlive;
    private MqttException? _reason;
    private long _unacknowledgedBytes;
    private long _droppedMessages;
    private volatile bool _isLeaving;

    private MqttConnection(MqttOptions options, TlsChannel channel)
    {
        _options = options;
        _channel = channel;
        _keepAlive = options.KeepAlive;
        _slots = new SemaphoreSlim(options.MaxInFlight);
        // As many at QoS 1, and as many at QoS 0.
        _received = Channel.CreateBounded<MqttMessage>(
            new BoundedChannelOptions(2 * options.MaxReceived) { SingleWriter = true });
        _client = new MqttClientFactory().CreateMqttClient(channel);
        _client.ApplicationMessageReceivedAsync += OnMessageAsync;
        _client.DisconnectedAsync += OnDisconnectedAsync;
    }

    /// <summary>Completes when the connection has ended, with the reason; never fails.</summary>
    public Task<MqttException> Closed => _closed.Task;

    /// <summary>The messages of all subscriptions, in the order of arrival; completes when the connection has
    /// ended.</summary>
    /// <remarks>Each must be acknowledged (<see cref="MqttMessage.Acknowledge"/>) once it is done with: until then the broker counts
    /// it, and holds others back from <see cref="MqttOptions.MaxReceived"/> on.</remarks>
    public ChannelReader<MqttMessage> Received => _received.Reader;

    /// <summary>Messages that were dropped, because the reader was behind by twice <see cref="MqttOptions.MaxReceived"/> or because they
    /// were too long.</summary>
    public long DroppedMessages => Interlocked.Read(ref _droppedMessages);

    /// <summary>Opens a connection; completes when the broker has welcomed it.</summary>
    /// <exception cref="MqttException">A file is missing or bad, the broker can't be reached, is not who it should be,
    /// or refuses.</exception>
    public static async Task<MqttConnection> ConnectAsync(MqttOptions options, CancellationToken cancel)
    {
        using var identity = new TlsIdentity(options);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.ConnectTimeout);
        try
        {
            var channel = await TlsChannel.OpenAsync(options, identity, limit.Token);
            var connection = new MqttConnection(options, channel);
            try
            {
                await connection.EnterAsync(identity, limit.Token);
                return connection;
            }
            catch
            {
                connection.Abandon(connection.Error("closed by this side"));
                throw;
            }
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new MqttException(
                $"{options.Endpoint}: no answer within {options.ConnectTimeout.TotalSeconds:0} s; "
                    + "check the line and the broker", e);
        }
    }

    /// <summary>Publishes a message; at QoS 1 completes with the broker's answer, at QoS 0 when it is written to the
    /// socket.</summary>
    /// <param name="payload">Lent until the task completes.</param>
    /// <param name="qos">0 or 1.</param>
    /// <param name="retain">The broker keeps it for later subscribers.</param>
    /// <param name="cancel">Ends only the wait: what is sent is sent.</param>
    /// <exception cref="MqttException">The connection ended first (the message may have arrived or not), or the library
    /// refused the message.</exception>
    public async Task<MqttReason> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel);
        return await PublishAsync(topic, payload, qos, retain).WaitAsync(cancel);
    }

    /// <summary>Subscribes to <paramref name="filter"/>; completes when the broker has granted it.</summary>
    /// <exception cref="MqttException">The broker refused, or the connection ended first.</exception>
    public Task SubscribeAsync(string filter, int qos, CancellationToken cancel) =>
        SubscribeAsync(Filter(filter, qos).Build(), cancel);

    /// <summary>As <see cref="SubscribeAsync(string, int, CancellationToken)"/>, without the messages that the broker
    /// has retained; one that its sender wants retained arrives with <see cref="MqttMessage.Retained"/> (MQTT 5.0, section
    /// 3.8.3.1).</summary>
    /// <exception cref="MqttException">The broker refused, or the connection ended first.</exception>
    public Task SubscribeLiveAsync(string filter, int qos, CancellationToken cancel) =>
        SubscribeAsync(
            Filter(filter, qos).WithRetainHandling(MqttRetainHandling.DoNotSendOnSubscribe).WithRetainAsPublished().Build(), cancel);

    /// <summary>Says goodbye (so that the last will is not published) and ends the connection; messages not yet
    /// acknowledged fail.</summary>
    public async ValueTask DisposeAsync()
    {
        _isLeaving = true;
        if (_reason is null)
        {
            using var limit = new CancellationTokenSource(GoodbyeTimeout);
            try
            {
                await _client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token);
            }
            catch (Exception e)
            {
                Abandon(Error($"closed by this side, without a goodbye: {e.GetBaseException().Message}", e));
                return;
            }
        }
        Abandon(Error("closed by this side"));
    }

    private void Abandon(MqttException reason)
    {
        End(reason);
        _client.Dispose();
        _channel.Dispose();
    }

    private async Task EnterAsync(TlsIdentity identity, CancellationToken cancel)
    {
        MqttClientConnectResult welcome;
        try
        {
            welcome = await _client.ConnectAsync(Greeting(), cancel);
        }
        catch (Exception e)
        {
            cancel.ThrowIfCancellationRequested();
            throw Error(identity.OwnFault(e, isShown: true), e);
        }
        if (welcome.ResultCode != MqttClientConnectResultCode.Success)
            throw Error($"the broker refuses this client: {welcome.ResultCode}; check its certificate");
        // The library reads both and respects neither.
        if (welcome.ReceiveMaximum is { } most && most > 0 && most < _options.MaxInFlight) _slots = new SemaphoreSlim(most);
        if (welcome.ServerKeepAlive > 0) _keepAlive = TimeSpan.FromSeconds(welcome.ServerKeepAlive);
        _ = WatchAsync();
        _ = AcknowledgeAsync();
    }

    private MqttClientOptions Greeting()
    {
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(_options.Host, _options.Port) // which the channel is connected to
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(_options.ClientId)
            .WithCleanStart()
            .WithKeepAlivePeriod(_options.KeepAlive)
            .WithReceiveMaximum((ushort)_options.MaxReceived)
            .WithMaximumPacketSize((uint)_options.MaxPacketBytes);
        if (_options.Will is { } will)
            builder = builder.WithWillTopic(will.Topic).WithWillPayload(will.Payload.ToArray())
                .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithWillRetain();
        return builder.Build();
    }

    /// <summary>Pings when nothing was heard or sent for a while, and ends the connection if no byte comes back. On a line that only
    /// writes, what is under way looks alive for as long as the system has room for it.</summary>
    private async Task WatchAsync()
    {
        var time = _options.Time;
        using var timer = new PeriodicTimer(WatchInterval, time);
        long? askedAt = null;
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (askedAt is { } asked)
                {
                    if (_channel.HeardAt >= asked) askedAt = null;
                    else if (time.GetElapsedTime(asked) >= _keepAlive)
                    {
                        Abandon(Error($"no answer for {_keepAlive.TotalSeconds:0} s; check the line"));
                        return;
                    }
                }
                else if (time.GetElapsedTime(Math.Min(_channel.HeardAt, _channel.WrittenAt)) >= _keepAlive - BeforeTheLibrary)
                {
                    askedAt = time.GetTimestamp();
                    _ = AskAsync();
                }
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task AskAsync()
    {
        try
        {
            await _client.PingAsync(_ended.Token);
        }
        catch (Exception e)
        {
            // Mostly from an ended connection; for any other it is the end.
            Abandon(Error(e.GetBaseException().Message, e));
        }
    }

    private async Task<MqttReason> PublishAsync(string topic, ReadOnlyMemory<byte> payload, int qos, bool retain)
    {
        try
        {
            ThrowIfEnded();
            var message = new MqttApplicationMessage
            {
                Topic = topic,
                Payload = new ReadOnlySequence<byte>(payload),
                QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos,
                Retain = retain,
            };
            return (MqttReason)(await _client.PublishAsync(message, _ended.Token)).ReasonCode;
        }
        catch (Exception e) when (e is not MqttException)
        {
            throw Ended(e);
        }
        finally
        {
            _slots.Release();
        }
    }

    private static MqttTopicFilterBuilder Filter(string filter, int qos) =>
        new MqttTopicFilterBuilder().WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos);

    private async Task SubscribeAsync(MQTTnet.Packets.MqttTopicFilter filter, CancellationToken cancel)
    {
        ThrowIfEnded();
        MqttClientSubscribeResultItem answer;
        try
        {
            var options = new MqttClientSubscribeOptionsBuilder().WithTopicFilter(filter).Build();
            answer = (await _client.SubscribeAsync(options, _ended.Token).WaitAsync(cancel)).Items.Single();
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            throw Ended(e);
        }
        // From 0x80 on they are refusals (MQTT 5.0, section 3.9.3).
        if (answer.ResultCode >= MqttClientSubscribeResultCode.UnspecifiedError)
            throw Error($"subscription to {filter.Topic} refused: {answer.ResultCode}; check the broker's access list");
    }

    /// <summary>Called by the library, one message after the other. It never waits, since the library's queue would grow.</summary>
    private Task OnMessageAsync(MqttApplicationMessageReceivedEventArgs e)
    {
        e.AutoAcknowledge = false;
        _channel.Handled();
        var message = e.ApplicationMessage;
        Action? acknowledge = null;
        if (message.QualityOfServiceLevel != MqttQualityOfServiceLevel.AtMostOnce)
        {
            var receipt = new Receipt(e);
            acknowledge = () => Acknowledge(receipt);
            long bytes;
            lock (_gate)
            {
                _unacknowledged.Enqueue(receipt);
                bytes = _unacknowledgedBytes += receipt.Bytes;
            }
            if (bytes > _options.MaxUnacknowledgedBytes)
            {
                Abandon(Error(
                    $"the broker keeps sending with {bytes} bytes unacknowledged, where {_options.MaxUnacknowledgedBytes} are allowed"));
                return Task.CompletedTask;
            }
        }
        if (message.Payload.Length > _options.MaxReceivedBytes
            || !_received.Writer.TryWrite(
                new MqttMessage(message.Topic, message.Payload.ToArray(), message.Retain, acknowledge)))
        {
            Interlocked.Increment(ref _droppedMessages);
            acknowledge?.Invoke();
        }
        return Task.CompletedTask;
    }

    /// <summary>In the order of arrival, as the standard requires (MQTT-4.6.0-2): a broker finds the oldest at once, but mosquitto finds
    /// any other only by going through all that are under way.</summary>
    private void Acknowledge(Receipt done)
    {
        lock (_gate)
        {
            done.IsDone = true;
            while (_unacknowledged.TryPeek(out var oldest) && oldest.IsDone)
            {
                _unacknowledged.Dequeue();
                _unacknowledgedBytes -= oldest.Bytes;
                _acknowledged.Writer.TryWrite(oldest);
            }
        }
    }

    /// <summary>Acknowledges to the broker the messages that are done with, one after the other.</summary>
    private async Task AcknowledgeAsync()
    {
        try
        {
            await foreach (var receipt in _acknowledged.Reader.ReadAllAsync(_ended.Token))
                await receipt.Message.AcknowledgeAsync(_ended.Token);
        }
        catch (Exception e)
        {
            Abandon(Error(e.GetBaseException().Message, e));
        }
    }

    private Task OnDisconnectedAsync(MqttClientDisconnectedEventArgs e)
    {
        // From 0x80 on it is the broker's reason (session taken over, not authorized, ...).
        var isTheBrokers = e.Exception is null && e.Reason >= MqttClientDisconnectReason.UnspecifiedError;
        Abandon(Error(
            _isLeaving ? "closed by this side"
            : isTheBrokers ? $"closed by the broker: {e.Reason}"
            : e.Exception is { } cause ? cause.GetBaseException().Message : "the connection was lost", e.Exception));
        return Task.CompletedTask;
    }

    /// <summary>Fails everything that waits, and makes later calls fail at once.</summary>
    private void End(MqttException reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null) return;
        _ended.Cancel();
        _received.Writer.TryComplete();
        _closed.TrySetResult(reason);
    }

    private void ThrowIfEnded()
    {
        if (_reason is { } reason) throw new MqttException(reason.Message, reason);
    }

    /// <summary>The exception for a call that <paramref name="e"/> ended: the connection's end, if that was the cause.</summary>
    private MqttException Ended(Exception e) => _reason ?? Error(e.GetBaseException().Message, e);

    private MqttException Error(string what, Exception? inner = null) => new($"{_options.Endpoint}: {what}", inner);

    private sealed class Receipt(MqttApplicationMessageReceivedEventArgs message)
    {
        public MqttApplicationMessageReceivedEventArgs Message { get; } = message;
        public long Bytes { get; } = message.ApplicationMessage.Payload.Length;
        public bool IsDone { get; set; }
    }
}

/// <summary>A received message; the payload is a copy that belongs to the reader.</summary>
/// <param name="Retained">True for a message that the broker had retained from before the subscription; with
/// <see cref="MqttConnection.SubscribeLiveAsync"/>, for one that its sender wanted retained.</param>
/// <param name="Acknowledged">Called by <see cref="Acknowledge"/>; null at QoS 0.</param>
public readonly record struct MqttMessage(string Topic, byte[] Payload, bool Retained, Action? Acknowledged = null)
{
    /// <summary>Tells the broker that this message is stored, or not wanted: the broker forgets it, and sends another in its place. Call it
    /// once for each message, from any thread; on an ended connection it does nothing, since the broker has forgotten everything.</summary>
    public void Acknowledge() => Acknowledged?.Invoke();
}

/// <summary>The broker's answer to a publish (MQTT 5.0, section 3.4.2.1); values not named here may occur as
/// well.</summary>
public enum MqttReason : byte
{
    /// <summary>Taken by the broker for at least one subscriber. Not a promise that it is stored anywhere.</summary>
    Success = 0x00,

    /// <summary>Nobody is subscribed: the broker has dropped the message.</summary>
    NoMatchingSubscribers = 0x10,

    UnspecifiedError = 0x80,

    /// <summary>The broker's access list does not let this client publish on that topic.</summary>
    NotAuthorized = 0x87,

    QuotaExceeded = 0x97,
}

/// <summary>A connection could not be made, ended, or refused a request; the message says what, where and, if known,
/// why.</summary>
public class MqttException(string message, Exception? inner = null) : Exception(message, inner);
