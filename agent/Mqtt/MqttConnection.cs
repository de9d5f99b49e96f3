using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Picket.Mqtt.Native;

namespace Picket.Mqtt;

/// <summary>One MQTT 5 connection over mutual TLS 1.3: it is opened once, ends once, and never reconnects by
/// itself.</summary>
/// <remarks>A thread of its own runs libmosquitto's loop and all its callbacks. Members may be called from any thread.
/// When the connection ends, every task that waits on it fails with an <see cref="MqttException"/>; nothing is kept for
/// a later connection.</remarks>
public sealed class MqttConnection : IAsyncDisposable
{
    /// <summary>Bounds how late the loop sees that it is to stop; four idle turns a second cost nothing that can be
    /// measured.</summary>
    private const int LoopTurnMilliseconds = 250;

    /// <summary>The highest descriptor that select(), which the library's loop uses, can watch (FD_SETSIZE -
    /// 1).</summary>
    private const int MaxDescriptor = 1023;

    /// <summary>SUBACK codes from here on are refusals (MQTT 5.0, section 3.9.3).</summary>
    private const int FirstRefusal = 0x80;

    /// <summary>How long <see cref="DisposeAsync"/> waits for the goodbye to be written before it just closes the
    /// socket.</summary>
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Whether libmosquitto is installed.</summary>
    public static bool IsLibraryThere => Mosquitto.IsThere;

    private readonly MqttOptions _options;
    private readonly MosquittoHandle _handle;
    private readonly Thread _loop;
    private readonly Channel<MqttMessage> _received;
    private readonly SemaphoreSlim _slots;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, TaskCompletionSource<int>> _waiting = [];
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MqttException> _closed = new(
        TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _libraryError;
    private MqttException? _failure;
    private long _droppedMessages;
    private volatile bool _stop;
    private volatile bool _isTlsFault;
    private MqttException? _ended;

    private MqttConnection(MqttOptions options)
    {
        _options = options;
        _slots = new SemaphoreSlim(options.MaxInFlight);
        _received = Channel.CreateBounded<MqttMessage>(
            new BoundedChannelOptions(options.MaxReceived) { SingleWriter = true });
        _handle = MosquittoHandle.Create(options.ClientId, this);
        _loop = new Thread(RunLoop) { IsBackground = true, Name = $"mqtt {options.ClientId}" };
    }

    /// <summary>Completes when the connection has ended, with the reason; never fails.</summary>
    public Task<MqttException> Closed => _closed.Task;

    /// <summary>The messages of all subscriptions, in the order of arrival; completes when the connection has
    /// ended.</summary>
    /// <remarks>The library acknowledges a QoS 1 message to the broker as soon as it is put here: its reader may still
    /// lose it, so only an acknowledgment of the application's own means "stored".</remarks>
    public ChannelReader<MqttMessage> Received => _received.Reader;

    /// <summary>Messages thrown away because the reader was behind by <see cref="MqttOptions.MaxReceived"/> or they
    /// were too long.</summary>
    public long DroppedMessages => Interlocked.Read(ref _droppedMessages);

    /// <summary>Opens a connection; completes when the broker has welcomed it.</summary>
    /// <exception cref="MqttException">A file is missing or bad, the broker cannot be reached, is not who it should be,
    /// or refuses.</exception>
    /// <exception cref="MqttLibraryMissingException">libmosquitto is not installed.</exception>
    public static async Task<MqttConnection> ConnectAsync(MqttOptions options, CancellationToken cancel)
    {
        var connection = new MqttConnection(options);
        try
        {
            connection.Configure();
            connection._loop.Start();
            await connection._connected.Task.WaitAsync(options.ConnectTimeout, cancel).ConfigureAwait(false);
            return connection;
        }
        catch (TimeoutException e)
        {
            connection.Abandon();
            throw new MqttException(
                $"{options.Endpoint}: no answer within {options.ConnectTimeout.TotalSeconds:0} s; "
                    + "check the line and the broker", e);
        }
        catch (MqttException e) when (connection._isTlsFault)
        {
            connection.Abandon();
            var reason = await TlsReason.FindAsync(options, cancel).ConfigureAwait(false);
            throw reason is null ? e : new MqttException($"{options.Endpoint}: {reason}", e);
        }
        catch
        {
            connection.Abandon();
            throw;
        }
    }

    /// <summary>Publishes a message; at QoS 1 completes with the broker's answer, at QoS 0 when it is written to the
    /// socket.</summary>
    /// <param name="payload">Copied before the first wait for the broker, lent until the task completes.</param>
    /// <param name="qos">0 or 1.</param>
    /// <param name="retain">The broker keeps it for later subscribers.</param>
    /// <param name="cancel">Ends the wait only: what is sent is sent.</param>
    /// <exception cref="MqttException">The connection ended first (the message may have arrived or not), or the library
    /// refused the message.</exception>
    public async Task<MqttReason> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        Task<int> answer;
        try
        {
            answer = Publish(topic, payload.Span, qos, retain);
        }
        catch
        {
            _slots.Release();
            throw;
        }
        return (MqttReason)await answer.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Subscribes to <paramref name="filter"/>; completes when the broker has granted it.</summary>
    /// <exception cref="MqttException">The broker refused, or the connection ended first.</exception>
    public Task SubscribeAsync(string filter, int qos, CancellationToken cancel) =>
        SubscribeAsync(filter, qos, options: 0, cancel);

    /// <summary>As <see cref="SubscribeAsync(string, int, CancellationToken)"/>, without the messages that the broker
    /// has kept; one that its sender wants kept arrives with <see cref="MqttMessage.Retained"/> (MQTT 5.0, section
    /// 3.8.3.1).</summary>
    /// <exception cref="MqttException">The broker refused, or the connection ended first.</exception>
    public Task SubscribeLiveAsync(string filter, int qos, CancellationToken cancel) =>
        SubscribeAsync(
            filter, qos, Mosquitto.SubscribeSendRetainNever | Mosquitto.SubscribeRetainAsPublished, cancel);

    private async Task SubscribeAsync(string filter, int qos, int options, CancellationToken cancel)
    {
        var granted = await Subscribe(filter, qos, options).WaitAsync(cancel).ConfigureAwait(false);
        if (granted >= FirstRefusal)
            throw new MqttException(
                $"{_options.Endpoint}: subscription to {filter} refused: {Mosquitto.DescribeReason(granted)}; "
                + "check the broker's access list");
    }

    /// <summary>Says goodbye (so that the last will is not published) and ends the connection; messages not yet
    /// acknowledged fail.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            // Its code is of no use here: "not connected" means that there is nobody to say goodbye to.
            if (_ended is null) _ = Mosquitto.mosquitto_disconnect(_handle);
        }
        await Task.WhenAny(_closed.Task, Task.Delay(GoodbyeTimeout)).ConfigureAwait(false);
        Abandon();
    }

    /// <summary>Lets the loop end without a goodbye.</summary>
    /// <remarks>It does not wait for that: on a dead line the system tries to connect for about two minutes
    /// (tcp_syn_retries), and the loop's thread with it. Then it ends without a word; with
    /// <see cref="MqttOptions.ConnectTimeout"/> there are never more than a few.</remarks>
    private void Abandon()
    {
        _stop = true;
        if ((_loop.ThreadState & ThreadState.Unstarted) != 0) _handle.Dispose();
    }

    private void Configure()
    {
        RequireFile(_options.CaFile, "CA certificate");
        RequireFile(_options.CertificateFile, "certificate");
        RequireFile(_options.KeyFile, "private key");
        Check(
            Mosquitto.mosquitto_int_option(_handle, Mosquitto.OptionProtocolVersion, Mosquitto.ProtocolVersion5),
            "MQTT 5");
        // Nagle's algorithm would hold a small event back for up to 40 ms.
        Check(Mosquitto.mosquitto_int_option(_handle, Mosquitto.OptionTcpNoDelay, 1), "TCP_NODELAY");
        // The default, 20, would queue the rest of our window inside the library; the broker's own limit still holds.
        Check(
            Mosquitto.mosquitto_int_option(_handle, Mosquitto.OptionSendMaximum, _options.MaxInFlight), "send maximum");
        Check(Mosquitto.mosquitto_threaded_set(_handle, true), "threads");
        MosquittoCallbacks.Install(_handle);
        _isTlsFault = true; // until the three files are taken
        Check(
            MosquittoCallbacks.SetTls(_handle, _options.CaFile, _options.CertificateFile, _options.KeyFile),
            $"the PEM files {_options.CaFile}, {_options.CertificateFile}, {_options.KeyFile}");
        _isTlsFault = false;
        Check(Mosquitto.mosquitto_tls_opts_set(_handle, Mosquitto.CertificateRequired, "tlsv1.3", null), "TLS 1.3");
        if (_options.Will is not { } will) return;
        Check(
            Mosquitto.mosquitto_will_set_v5(_handle, will.Topic, will.Payload.Length, will.Payload.Span, 1, true, 0),
            $"the last will on {will.Topic}");
    }

    private static void RequireFile(string path, string what)
    {
        if (!File.Exists(path)) throw new MqttException($"{path}: no such {what} file; enroll this machine first");
    }

    private void Check(int code, string what)
    {
        if (code != Mosquitto.Success)
            throw new MqttException($"libmosquitto refuses {what}: {_libraryError ?? Mosquitto.Describe(code)}");
    }

    private void RunLoop()
    {
        var code = Mosquitto.mosquitto_connect_bind_v5(
            _handle, _options.Host, _options.Port, (int)_options.KeepAlive.TotalSeconds, null, 0);
        var errno = Marshal.GetLastPInvokeError();
        var descriptor = Mosquitto.mosquitto_socket(_handle);
        if (descriptor > MaxDescriptor)
            _failure = new MqttException(
                $"{_options.Endpoint}: more than {MaxDescriptor} files are open in this process");
        while (code == Mosquitto.Success && !_stop && _failure is null)
        {
            code = Mosquitto.mosquitto_loop(_handle, LoopTurnMilliseconds, maxPackets: 1);
            errno = Marshal.GetLastPInvokeError();
            if (code == Mosquitto.Success && !_connected.Task.IsCompleted && IsClosedByPeer(descriptor))
            {
                _isTlsFault = true;
                _failure ??= new MqttException($"{_options.Endpoint}: closed by the other side during the handshake");
            }
        }
        // A broker that refuses a certificate says so behind the handshake, and hangs up.
        if (code is Mosquitto.TlsError or Mosquitto.ConnectionLost && !_connected.Task.IsCompleted) _isTlsFault = true;
        End(_failure ?? new MqttException($"{_options.Endpoint}: {DescribeEnd(code, errno)}"));
    }

    /// <summary>The library (2.0.11) takes a reset during the TLS handshake for "not yet" and would spin until the
    /// keep-alive ends.</summary>
    private static bool IsClosedByPeer(int descriptor)
    {
        using var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
        return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
    }

    private string DescribeEnd(int code, int errno) => code switch
    {
        Mosquitto.Success or Mosquitto.NoConnection => "closed by this side",
        Mosquitto.ErrnoError => Marshal.GetPInvokeErrorMessage(errno),
        Mosquitto.TlsError => $"TLS failed: {_libraryError ?? "no details"}",
        _ => Mosquitto.Describe(code),
    };

    /// <summary>Fails all that waits, makes later calls fail at once, and gives the library's part back.</summary>
    private void End(MqttException reason)
    {
        lock (_gate)
        {
            _ended = reason;
            foreach (var (_, waiting) in _waiting) waiting.TrySetException(reason);
            _waiting.Clear();
        }
        _handle.Dispose();
        _connected.TrySetException(reason);
        _received.Writer.TryComplete();
        _closed.TrySetResult(reason);
        // Wakes who waits for a slot; each finds the connection ended and passes the slot on to the next.
        _slots.Release();
    }

    private Task<int> Publish(string topic, ReadOnlySpan<byte> payload, int qos, bool retain)
    {
        // The lock makes sure that the answer, which may come before the call returns, finds its entry.
        lock (_gate)
        {
            ThrowIfEnded();
            Check(
                Mosquitto.mosquitto_publish_v5(_handle, out var id, topic, payload.Length, payload, qos, retain, 0),
                $"a message of {payload.Length} bytes on {topic}");
            return Wait(id);
        }
    }

    private Task<int> Subscribe(string filter, int qos, int options)
    {
        lock (_gate)
        {
            ThrowIfEnded();
            Check(
                Mosquitto.mosquitto_subscribe_v5(_handle, out var id, filter, qos, options, 0), $"the filter {filter}");
            return Wait(id);
        }
    }

    private Task<int> Wait(int id)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(id, answer);
        return answer.Task;
    }

    private void ThrowIfEnded()
    {
        if (_ended is not null) throw new MqttException(_ended.Message, _ended);
    }

    /// <summary>The broker's welcome (0) or refusal. This and the following are called by the loop's thread.</summary>
    internal void OnConnected(int reason)
    {
        if (reason == 0) _connected.TrySetResult();
        else
            _failure ??= new MqttException(
                $"{_options.Endpoint}: the broker refuses this client: {Mosquitto.DescribeReason(reason)}; "
                    + "check its certificate");
    }

    internal void OnDisconnected(int reason)
    {
        // From 0x80 on it is the broker's word (session taken over, not authorized, ...); below, the loop returns the
        // library's code.
        if (reason >= FirstRefusal)
            _failure ??= new MqttException(
                $"{_options.Endpoint}: closed by the broker: {Mosquitto.DescribeReason(reason)}");
    }

    internal void OnPublished(int id, int reason)
    {
        Answer(id, reason);
        _slots.Release();
    }

    internal void OnSubscribed(int id, int granted) => Answer(id, granted);

    internal void OnMessage(string topic, ReadOnlySpan<byte> payload, bool retained)
    {
        if (payload.Length > _options.MaxReceivedBytes
            || !_received.Writer.TryWrite(new MqttMessage(topic, payload.ToArray(), retained)))
            Interlocked.Increment(ref _droppedMessages);
    }

    /// <summary>The library's own words about an error: its codes alone do not tell which certificate is
    /// wrong.</summary>
    internal void OnError(string text) => _libraryError = text;

    /// <summary>A callback failed: what it did is lost, so the connection ends.</summary>
    internal void OnCallbackFailed(Exception e) =>
        _failure ??= new MqttException($"{_options.Endpoint}: {e.Message}", e);

    private void Answer(int id, int code)
    {
        lock (_gate)
        {
            if (_waiting.Remove(id, out var waiting)) waiting.TrySetResult(code);
        }
    }
}
