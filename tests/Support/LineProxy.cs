using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Picket.Tests.Support;

/// <summary>A line that a test can cut, stall or slow down: a TCP relay on a free loopback port. Bytes pass
/// unchanged.</summary>
internal sealed class LineProxy : IAsyncDisposable
{
    private const int ChunkBytes = 16 * 1024;

    /// <summary>Per direction: 16 MB on a slow line, more than MQTT clients have under way here.</summary>
    private const int MaxChunks = 1024;

    private long _bytes;

    private readonly int _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Connection, Task> _connections = [];
    private readonly Task _accepting;
    private volatile TaskCompletionSource _moving = new();
    private volatile LineFault _fault;

    /// <param name="target">The port on 127.0.0.1 to which connections are passed on.</param>
    public LineProxy(int target)
    {
        _target = target;
        _moving.SetResult();
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How long each byte takes, one way.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Connections that were passed on or refused.</summary>
    public int Accepted { get; private set; }

    /// <summary>Bytes passed, both ways together.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Sets what happens from now on, and at once to the connections there are.</summary>
    public void Set(LineFault fault)
    {
        if (fault == LineFault.Stalled)
            _moving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        else _moving.TrySetResult();
        _fault = fault;
        foreach (var connection in _connections.Keys)
        {
            if (fault == LineFault.Cut) connection.Reset();
            else if (fault == LineFault.HalfOpen) connection.IsDead = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _moving.TrySetResult();
        _listener.Stop();
        foreach (var connection in _connections.Keys) connection.Reset();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync(_end.Token);
                Accepted++;
                var connection = new Connection(near) { IsDead = _fault == LineFault.HalfOpen };
                if (_fault == LineFault.Cut) connection.Reset();
                else _connections[connection] = ServeAsync(connection);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The test ends.
        }
    }

    private async Task ServeAsync(Connection connection)
    {
        await Task.Yield();
        try
        {
            await connection.Far.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            await Task.WhenAll(
                PassAsync(connection, connection.Near, connection.Far),
                PassAsync(connection, connection.Far, connection.Near));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has ended, or the line was cut: the other side is to see it.
        }
        finally
        {
            connection.Reset();
            _connections.TryRemove(connection, out _);
        }
    }

    private async Task PassAsync(Connection connection, Socket from, Socket to)
    {
        var line = Channel.CreateBounded<(long Due, byte[] Bytes)>(MaxChunks);
        var writing = WriteAsync(connection, line.Reader, to);
        var buffer = new byte[ChunkBytes];
        try
        {
            while (true)
            {
                await _moving.Task;
                var count = await from.ReceiveAsync(buffer, _end.Token);
                if (connection.IsDead && count > 0) continue;
                // A dead line does not tell the other side that this one has gone.
                if (connection.IsDead) await Task.Delay(Timeout.Infinite, connection.Ended);
                if (count == 0) break;
                var due = Environment.TickCount64 + (long)Latency.TotalMilliseconds;
                await line.Writer.WriteAsync((due, buffer[..count]), connection.Ended);
            }
        }
        catch (SocketException) when (connection.IsDead)
        {
            await Task.Delay(Timeout.Infinite, connection.Ended);
        }
        catch (SocketException)
        {
            connection.Reset();
        }
        finally
        {
            line.Writer.TryComplete();
        }
        await writing;
    }

    private async Task WriteAsync(Connection connection, ChannelReader<(long Due, byte[] Bytes)> line, Socket to)
    {
        try
        {
            await foreach (var (due, bytes) in line.ReadAllAsync(connection.Ended))
            {
                var wait = due - Environment.TickCount64;
                if (wait > 0) await Task.Delay(TimeSpan.FromMilliseconds(wait), connection.Ended);
                await _moving.Task;
                if (connection.IsDead) continue;
                // Before the far side can have them: who has received them finds them counted. Two directions count.
                Interlocked.Add(ref _bytes, bytes.Length);
                for (var sent = 0; sent < bytes.Length;) sent += await to.SendAsync(bytes.AsMemory(sent), _end.Token);
            }
            if (!connection.IsDead) to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            connection.Reset();
        }
    }

    private sealed class Connection(Socket near)
    {
        private readonly CancellationTokenSource _ended = new();
        private int _isReset;

        public Socket Near => near;

        public Socket Far { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        /// <summary>Never hears anything again.</summary>
        public volatile bool IsDead;

        public CancellationToken Ended => _ended.Token;

        /// <summary>Ends both sides at once, with RST instead of FIN.</summary>
        public void Reset()
        {
            if (Interlocked.Exchange(ref _isReset, 1) != 0) return;
            try
            {
                near.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (SocketException)
            {
                // It has ended by itself.
            }
            near.Dispose();
            Far.Dispose();
            _ended.Cancel();
        }
    }
}
