using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Picket.Wire;

namespace Picket.Tests.Support;

/// <summary>A private mosquitto on a free loopback port: mutual TLS 1.3, the name from the certificate, an access list
/// topic by topic.</summary>
internal sealed class MosquittoBroker : IAsyncDisposable
{
    public const string Program = "/usr/sbin/mosquitto";

    /// <summary>The common name that may read the nodes' topics and write their acks.</summary>
    public const string Center = "center";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly string[] _command;
    private readonly ConcurrentQueue<string>? _log;
    private Process? _process;

    private MosquittoBroker(string configuration, int port, params string[] inside)
    {
        _command = [.. inside, Program, "-c", configuration];
        Port = port;
    }

    private MosquittoBroker(int port, string script, string configuration)
    {
        _command = [script, configuration];
        _log = new ConcurrentQueue<string>();
        Port = port;
    }

    public int Port { get; }

    /// <summary>How wrong its clock is from its next start on; null for right.</summary>
    public string? Clock { get; set; }

    /// <summary>Starts a broker that knows the center and <paramref name="nodes"/>; the files go to
    /// <paramref name="folder"/>.</summary>
    public static Task<MosquittoBroker> StartAsync(string folder, TestPki pki, params string[] nodes)
    {
        pki.Issue("broker", server: true);
        return StartAsync(folder, pki, "127.0.0.1", [], nodes);
    }

    /// <summary>As above, at the far end of <paramref name="line"/>.</summary>
    public static Task<MosquittoBroker> StartAsync(string folder, TestPki pki, ThinLine line, params string[] nodes)
    {
        pki.Issue("broker", server: true, line.Far, line.FarUnshaped);
        return StartAsync(folder, pki, "0.0.0.0", line.Inside, nodes);
    }

    private static async Task<MosquittoBroker> StartAsync(
        string folder, TestPki pki, string address, string[] inside, string[] nodes)
    {
        var port = FreePort();
        var accessFile = Path.Combine(folder, "acl");
        await File.WriteAllTextAsync(accessFile, AccessList(nodes));
        var configuration = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(configuration, $"""
            listener {port} {address}
            cafile {pki.CaFile}
            certfile {pki.CertificateFile("broker")}
            keyfile {pki.KeyFile("broker")}
            require_certificate true
            use_identity_as_username true
            use_username_as_clientid true
            tls_version tlsv1.3
            acl_file {accessFile}
            persistence false
            set_tcp_nodelay true
            log_type all
            log_dest stderr
            user root
            """);
        var broker = new MosquittoBroker(configuration, port, inside);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Starts a broker with somebody else's configuration, which listens on <paramref name="port"/>.</summary>
    /// <param name="clock">How wrong its clock is, as libfaketime writes it (<c>+400d</c>).</param>
    public static async Task<MosquittoBroker> StartAsync(string configuration, int port, string? clock = null)
    {
        var broker = new MosquittoBroker(configuration, port) { Clock = clock };
        await broker.StartAsync();
        return broker;
    }

    /// <summary>As a site runs it: by the script that leaves refusals in the log.</summary>
    public static async Task<MosquittoBroker> StartWithRefusalsAsync(string configuration, int port)
    {
        var broker = new MosquittoBroker(port, Repository.Path("packaging/broker.sh"), configuration);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>What it has written so far, if it was started with its refusals.</summary>
    public IEnumerable<string> Log => _log ?? [];

    /// <summary>Completes when a line with <paramref name="text"/> is in its log.</summary>
    public async Task LogAsync(string text, CancellationToken cancel)
    {
        while (!Log.Any(line => line.Contains(text, StringComparison.Ordinal))) await Task.Delay(20, cancel);
    }

    /// <summary>Starts it (again) on the same port.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(_command[0], _command[1..]) { RedirectStandardError = true };
        if (Clock is not null) FakeTime.Apply(start, Clock);
        _process = Process.Start(start) ?? throw new InvalidOperationException("mosquitto did not start");
        var log = new StringBuilder();
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) _log?.Enqueue(line.Data);
            if (line.Data is null) running.TrySetException(new InvalidOperationException($"mosquitto ended: {log}"));
            else if (line.Data.EndsWith(" running", StringComparison.Ordinal)) running.TrySetResult();
            else if (!running.Task.IsCompleted) log.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        await running.Task.WaitAsync(StartTimeout);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    /// <summary>No wildcard in what a node may write: on its whole prefix it could forge the center's acks.</summary>
    private static string AccessList(string[] nodes)
    {
        var list = new StringBuilder($"""
            user {Center}
            topic read {Topics.AllEvents}
            topic read {Topics.AllCrops}
            topic read {Topics.AllStatus}
            topic write {Topics.Ack("+")}
            topic write {Topics.Command("+")}

            """);
        foreach (var node in nodes)
            list.Append($"""

                user {node}
                topic write {Topics.Event(node)}
                topic write {Topics.Crop(node)}
                topic write {Topics.Status(node)}
                topic read {Topics.Ack(node)}
                topic read {Topics.Command(node)}

                """);
        return list.ToString();
    }

    internal static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
