using System.Net;
using Microsoft.Extensions.Logging;
using Picket.Center;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;

namespace Picket.Tests.Center;

/// <summary><c>picket-center run</c> inside the test's process.</summary>
internal sealed class RunningCenter : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    /// <param name="mosquitto">Null for the center's own broker.</param>
    /// <param name="operators">Whether the console is for operators over TLS, and not the demo's page.</param>
    public RunningCenter(
        StateFolder folder, BrokerAddress? mosquitto, bool json = false, PostgresAddress? database = null, TimeSpan? grace = null,
        bool operators = false, long? nodeBudget = null, BrokerLimits? limits = null) =>
        _run = new CenterRunner(
                folder, mosquitto, new ConsoleOptions(IPAddress.Loopback, 0, DemoLink: !operators), json,
                TimeProvider.System, database, grace)
        {
            Limits = limits ?? new BrokerLimits(),
            NodeBudget = nodeBudget ?? NodeBudgets.DefaultBytesPerDay,
        }
            .RunAsync(Alerts, Progress, new OneLogger(Log), _stop.Token);

    /// <summary>What it logs.</summary>
    public LogLines Log { get; } = new();

    /// <summary>Ends with the center, as it ended.</summary>
    public Task Ended => _run;

    public LineWriter Alerts { get; } = new();
    public LineWriter Progress { get; } = new();

    /// <summary>The newest one-time link, or the console's address.</summary>
    public async Task<Uri> LinkAsync(CancellationToken cancel)
    {
        var line = await Progress.NextAsync(cancel);
        return new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]);
    }

    /// <summary>Completes when a line with <paramref name="text"/> is in its log.</summary>
    public async Task LoggedAsync(string text, CancellationToken cancel)
    {
        while (!Log.Has(text)) await Task.Delay(20, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    /// <summary>Everything into one log.</summary>
    private sealed class OneLogger(LogLines lines) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => lines;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
