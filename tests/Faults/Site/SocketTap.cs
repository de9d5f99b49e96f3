using System.Net.Sockets;
using Picket.Faults.Phases;

namespace Picket.Faults.Site;

/// <summary>Stands between the center and PostgreSQL's socket, passes all on unchanged, and announces commits as SQLite's
/// tracing does: <c>commit+</c> when the COMMIT goes to the server, <c>commit-</c> when its word comes back.</summary>
internal sealed class SocketTap : IAsyncDisposable
{
    /// <summary>PostgreSQL clients look for the server of a folder under this name (libpq, port 5432).</summary>
    public const string Name = ".s.PGSQL.5432";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly string _server;
    private readonly Announcer _announcer;
    private readonly Task _accepting;
    private readonly List<Task> _connections = [];

    /// <param name="folder">Where clients are to connect to.</param>
    /// <param name="server">The folder of the server's socket.</param>
    public SocketTap(string folder, string server, Announcer announcer)
    {
        Folder = folder;
        _server = Path.Combine(server, Name);
        _announcer = announcer;
        Directory.CreateDirectory(folder);
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, Name)));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string Folder { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _connections.Add(ServeAsync(await _listener.AcceptAsync(_end.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The site ends.
            return;
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await far.ConnectAsync(new UnixDomainSocketEndPoint(_server), _end.Token);
            await Task.WhenAny(PassAsync(near, far, "commit+"), PassAsync(far, near, "commit-"));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The server is not there: the client sees its connection end.
            return;
        }
    }

    private async Task PassAsync(Socket from, Socket to, string word)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, _end.Token);
                if (count == 0) return;
                // Both the query and the server's answer say it, with a zero at the end.
                var isCommit = buffer.AsSpan(0, count).IndexOf("COMMIT\0"u8) >= 0;
                if (isCommit && word == "commit+") _announcer.Say(word, 1);
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _end.Token);
                if (isCommit && word == "commit-") _announcer.Say(word, 1);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other direction ends as well.
            return;
        }
    }
}
