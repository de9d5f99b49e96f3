using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center;
using Picket.Center.Enroll;
using Picket.Center.Store;
using Picket.Center.Web;

namespace Picket.Tests.Center;

/// <summary><c>picket-center run</c> inside the test's process.</summary>
internal sealed class RunningCenter : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    /// <param name="operators">Whether the console is for operators over TLS, and not the demo's page.</param>
    public RunningCenter(
        StateFolder folder, int brokerPort, bool json = false, PostgresAddress? database = null, TimeSpan? grace = null,
        bool operators = false) =>
        _run = new CenterRunner(
                folder, "localhost", brokerPort, new ConsoleOptions(IPAddress.Loopback, 0, DemoLink: !operators), json,
                TimeProvider.System, database, grace)
            .Run(Alerts, Progress, NullLoggerFactory.Instance, _stop.Token);

    public LineWriter Alerts { get; } = new();
    public LineWriter Progress { get; } = new();

    /// <summary>The newest one-time link, or the console's address.</summary>
    public async Task<Uri> LinkAsync(CancellationToken cancel)
    {
        var line = await Progress.NextAsync(cancel);
        return new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }
}
