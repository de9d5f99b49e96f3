using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Server;
using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>Accepts connections, takes them through the handshake, and cuts those that keep it waiting.</summary>
/// <param name="open">Makes the connection that serves a socket, and takes over the socket.</param>
/// <param name="onTurn">Called once a second.</param>
internal sealed class NodeListener(
    IPEndPoint at, BrokerLimits limits, BrokerIdentity identity, Func<Socket, NodeConnection> open, Action onTurn, ILogger log,
    TimeProvider time) : IMqttServerAdapter
{
    /// <summary>Connections that the system has accepted and this has not yet: all that a storm brings while the processor is
    /// busy.</summary>
    private const int Backlog = 4096;

    // IPPROTO_TCP, TCP_INFO, and the states of its first byte in which the other side sends nothing more (linux/tcp.h, tcp_states.h).
    private const int Tcp = 6;
    private const int TcpInfo = 11;
    private const int Closed = 7;
    private const int ClosedByPeer = 8;

    /// <summary>The longest foreign text in a line of the log.</summary>
    private const int MostOfAReason = 200;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<NodeConnection, StrangerPlace> _connections = new();
    private readonly StrangerPlaces _places = new(limits.Strangers, limits.StrangersPerAddress);
    private readonly BrokerWords _words = new(log, time);
    private readonly CancellationTokenSource _stop = new();
    private Socket? _socket;

    /// <summary>The library's handler, which serves a connection from its handshake until it ends.</summary>
    public Func<IMqttChannelAdapter, Task>? ClientHandler { get; set; }

    /// <summary>The connections that are open now.</summary>
    public IEnumerable<NodeConnection> Connections => _connections.Keys;

    /// <exception cref="PicketException">The port is taken or not allowed, or this machine does not have the address.</exception>
    public void Listen()
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (at.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            // Connections inherit them; after the TCP handshake it is too late for the larger window.
            (socket.ReceiveBufferSize, socket.SendBufferSize) = (limits.SocketBytes, limits.SocketBytes);
            socket.Bind(at);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new PicketException(
                $"broker {at}: {e.Message.TrimEnd('.')}; name another address and port with --broker-bind and --broker-port", inner: e);
        }
        _socket = socket;
    }

    public Task StartAsync(MqttServerOptions options, IMqttNetLogger logger)
    {
        _ = AcceptAsync(_stop.Token);
        _ = LookAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _socket?.Dispose();
    }

    /// <summary>The node is known and admitted: its place among the strangers is free.</summary>
    public void LetIn(NodeConnection connection)
    {
        if (_connections.TryGetValue(connection, out var place)) place.Give();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _socket?.Dispose();
        foreach (var connection in _connections.Keys) connection.Close();
    }

    private async Task AcceptAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket!.AcceptAsync(cancel);
                ThreadPool.UnsafeQueueUserWorkItem(one => _ = ServeAsync(one, cancel), socket, preferLocal: false);
            }
            catch (Exception e) when (cancel.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // It was gone before it was accepted, or this process has no descriptor left: it goes on when there is one.
                _words.NotTaken(e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancel)
    {
        if (TryOpen(socket) is not { } connection) return;
        try
        {
            await connection.AuthenticateAsync(identity.Handshake(), cancel);
            if (ClientHandler is { } work) await work(connection);
        }
        catch (Exception e) when (e is AuthenticationException || NodeConnection.IsEnd(e))
        {
            if (!connection.IsIn && !cancel.IsCancellationRequested) _words.Stranger(connection.Address, e.Message);
        }
        catch (Exception e)
        {
            // A bug, or a certificate that nobody thought of: it ends only this connection, but not unseen.
            _words.Fault($"{connection.Address} was cut off: {e.GetType().Name}: {PlainText.Of(e.Message, MostOfAReason)}");
        }
        finally
        {
            if (_connections.TryRemove(connection, out var place)) place.Give();
            connection.Dispose();
        }
    }

    private NodeConnection? TryOpen(Socket socket)
    {
        try
        {
            if (HasGone(socket))
            {
                socket.Dispose();
                return null;
            }
            socket.NoDelay = true; // small messages that somebody waits for
            var address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            if (_places.TryTake(address))
            {
                var connection = open(socket);
                _connections[connection] = new StrangerPlace(_places, address);
                return connection;
            }
            _words.Stranger(address, "no place: too many have connected without saying who they are");
        }
        catch (SocketException e)
        {
            _words.NotTaken(e.Message); // gone already
        }
        socket.Dispose();
        return null;
    }

    /// <summary>Who waited in vain has come again by now: after a standstill a handshake with what he left behind would keep the
    /// processor from him, and he would wait in vain once more.</summary>
    private static bool HasGone(Socket socket)
    {
        Span<byte> state = stackalloc byte[1];
        return socket.GetRawSocketOption(Tcp, TcpInfo, state) == state.Length && state[0] is Closed or ClosedByPeer;
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Turn, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) Look();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
            return;
        }
    }

    private void Look()
    {
        try
        {
            foreach (var connection in _connections.Keys) connection.CutIfOverdue();
            onTurn();
        }
        catch (Exception e)
        {
            // Whatever it was, the next turn must come: otherwise no silent or revoked node would ever be cut off again.
            _words.Fault($"the check of all connections failed: {e.GetType().Name}: {PlainText.Of(e.Message, MostOfAReason)}");
        }
    }

    /// <summary>One stranger's place; given back once.</summary>
    private sealed class StrangerPlace(StrangerPlaces places, IPAddress address)
    {
        private int _given;

        public void Give()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0) places.Give(address);
        }
    }
}
