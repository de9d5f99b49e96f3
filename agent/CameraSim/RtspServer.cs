using System.Net;
using System.Net.Sockets;

namespace Picket.CameraSim;

/// <summary>
/// Stands in for a site's cameras: an RTSP server on the loopback interface whose mounts can fail in the ways cameras
/// do.
/// </summary>
/// <remarks>
/// TCP interleaved only; a client that asks for UDP gets 461 and tries TCP. <see cref="Start"/> and <see cref="StopAsync"/>
/// may alternate ("the camera server is gone for 20 s") but not overlap.
/// </remarks>
/// <param name="port">0 for a free one, see <see cref="Port"/>.</param>
/// <param name="mounts">The cameras; paths are unique.</param>
public sealed class RtspServer(int port, params IReadOnlyList<CameraMount> mounts) : IAsyncDisposable
{
    /// <summary>Far more than cameras times clients in any test; a limit for a client that leaks connections.</summary>
    private const int MaxConnections = 128;

    private readonly Dictionary<string, CameraMount> _mounts = mounts.ToDictionary(m => m.Path);
    private Socket? _listener;
    private CancellationTokenSource? _running;
    private Task _accepting = Task.CompletedTask;
    private long _connectionsAccepted;

    /// <summary>
    /// Raised for each unexpected error of a connection; without a subscriber it is thrown by <see cref="StopAsync"/>.
    /// </summary>
    public event Action<Exception>? Error;

    /// <summary>The port, which stays the same over stops and starts.</summary>
    public int Port => (_listener?.LocalEndPoint as IPEndPoint)?.Port
        ?? throw new InvalidOperationException("the server has not been started");

    /// <summary>Connections accepted since the first start.</summary>
    public long ConnectionsAccepted => Interlocked.Read(ref _connectionsAccepted);

    /// <summary>The URL of <paramref name="mount"/>, without credentials.</summary>
    public string UrlOf(CameraMount mount) => $"rtsp://127.0.0.1:{Port}/{mount.Path}";

    /// <summary>The URL of <paramref name="mount"/> with <paramref name="credentials"/> in it.</summary>
    public string UrlOf(CameraMount mount, CameraCredentials credentials) =>
        $"rtsp://{Uri.EscapeDataString(credentials.User)}:{Uri.EscapeDataString(credentials.Password)}"
            + $"@127.0.0.1:{Port}/{mount.Path}";

    /// <summary>Starts to listen; throws <see cref="SocketException"/> when the port is taken.</summary>
    public void Start()
    {
        if (_running is not null) throw new InvalidOperationException("the server is running");
        _listener ??= Bind(port);
        _listener.Listen();
        _running = new CancellationTokenSource();
        _accepting = AcceptAsync(_listener, _running.Token);
    }

    /// <summary>Ends every connection and refuses new ones until <see cref="Start"/>; the port stays ours.</summary>
    public async Task StopAsync()
    {
        if (_running is null) return;
        var held = Port;
        try
        {
            await EndAsync();
        }
        finally
        {
            // A socket that is bound but does not listen: clients are refused, and nobody else gets the port.
            _listener = Bind(held);
        }
    }

    /// <summary>Ends every connection and frees the port.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync();
        }
        finally
        {
            _listener?.Dispose();
        }
    }

    // Does not bind again: a server that ends must not fail because its port has found another owner.
    private async Task EndAsync()
    {
        if (_running is not { } running) return;
        await running.CancelAsync();
        try
        {
            await _accepting;
        }
        finally
        {
            running.Dispose();
            _running = null;
            _listener!.Dispose();
        }
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken cancel)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(cancel);
                Interlocked.Increment(ref _connectionsAccepted);
                connections.RemoveAll(c => c.IsCompletedSuccessfully); // a failed one is thrown below
                if (connections.Count >= MaxConnections) socket.Dispose();
                else connections.Add(ServeAsync(socket, cancel));
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // stopped
        }
        finally
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancel)
    {
        try
        {
            socket.NoDelay = true;
            await new RtspConnection(socket, _mounts, TimeProvider.System).RunAsync(cancel);
        }
        catch (IOException e)
            when (e.InnerException is SocketException { SocketErrorCode: var code } && IsClientGone(code))
        {
            // clients leave without saying so
        }
        catch (Exception e) when (Error is not null)
        {
            Error(e);
        }
    }

    private static bool IsClientGone(SocketError code) =>
        code is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown;
}
