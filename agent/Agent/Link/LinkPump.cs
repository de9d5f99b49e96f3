using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Outbox;

namespace Picket.Agent.Link;

/// <summary>Keeps a link to the center and sends the outbox over it: tries the endpoints in order, backs off with
/// jitter when none answers, and goes back to the first one when it can. While none answers, the spool is
/// written as well.</summary>
internal sealed partial class LinkPump(
    IOutbox outbox,
    string node,
    IReadOnlyList<EndpointConfig> endpoints,
    LinkDialer dial,
    LinkOptions options,
    TimeProvider time,
    ILogger log,
    SpoolLink? spool = null)
{
    private readonly LinkCounters _counters = new();
    private readonly StatusReport _status = new(outbox, time, log);

    private long _answeredAt = time.GetTimestamp();
    private volatile bool _isAnswered;

    public LinkTelemetry Telemetry => _counters.Snapshot();

    /// <summary>Works until <paramref name="cancel"/> is set; a node without endpoints just keeps
    /// its events, or spools them.</summary>
    /// <exception cref="PicketException">A needed part is missing, or the outbox has failed.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        var spooling = spool?.RunAsync(SilentFor, cancel) ?? Task.CompletedTask;
        if (endpoints.Count > 0) await ConnectForeverAsync(cancel);
        await spooling;
    }

    /// <summary>How long no endpoint has answered: forever if there is none.</summary>
    private TimeSpan SilentFor()
    {
        if (endpoints.Count == 0) return TimeSpan.MaxValue;
        return _isAnswered ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _answeredAt));
    }

    private async Task ConnectForeverAsync(CancellationToken cancel)
    {
        var backoff = new Backoff(options.BackoffMin, options.BackoffMax, Random.Shared);
        try
        {
            while (true)
            {
                cancel.ThrowIfCancellationRequested();
                if (await ConnectAsync(cancel) is var (link, index))
                {
                    var connected = time.GetTimestamp();
                    _isAnswered = true;
                    await ServeAsync(link, index, cancel);
                    Volatile.Write(ref _answeredAt, time.GetTimestamp());
                    _isAnswered = false;
                    // A connection that ends at once (two nodes with one certificate do that to each other) is no
                    // reason to hurry.
                    if (time.GetElapsedTime(connected) >= options.BackoffMax) backoff.Reset();
                }
                await Task.Delay(backoff.Next(), time, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    /// <summary>The first endpoint that answers, or null.</summary>
    private async Task<(ILink Link, int Index)?> ConnectAsync(CancellationToken cancel)
    {
        for (var index = 0; index < endpoints.Count; index++)
        {
            try
            {
                return (await dial(endpoints[index], cancel), index);
            }
            catch (LinkException e)
            {
                _counters.Disconnected(e.Message);
                LogUnreachable(log, e.Message);
            }
        }
        return null;
    }

    /// <summary>Sends over <paramref name="link"/> until it ends; moves to the first endpoint when that answers
    /// again.</summary>
    private async Task ServeAsync(ILink link, int index, CancellationToken cancel)
    {
        var current = link;
        while (true)
        {
            var endpoint = $"{HostName.Bracketed(endpoints[index].Host)}:{endpoints[index].Port}";
            _counters.Connected(endpoint);
            LogConnected(log, endpoint);
            ILink? better = null;
            string? fault = null;
            try
            {
                better = await ServeOneAsync(current, index, cancel);
            }
            catch (SqliteException e)
            {
                // Treated like a lost line: the next session reads the outbox afresh.
                fault = $"the outbox can't be read: {e.Message}";
                if (OutboxFile.IsDamage(e)) outbox.CheckFile();
            }
            finally
            {
                await current.DisposeAsync();
                _counters.Disconnected(fault ?? await current.Closed);
            }
            if (better is null)
            {
                if (!cancel.IsCancellationRequested)
                    LogDisconnected(log, fault ?? await current.Closed);
                return;
            }
            (current, index) = (better, 0);
        }
    }

    /// <summary>Returns a link to the first endpoint if one could be made meanwhile, or null if
    /// <paramref name="link"/> has ended.</summary>
    /// <exception cref="SqliteException">The outbox can't be read now.</exception>
    private async Task<ILink?> ServeOneAsync(ILink link, int index, CancellationToken cancel)
    {
        using var change = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // The status goes first: the center believes that its numbers are at least those of all events before it.
        var status = _status.RunAsync(link, change.Token);
        var session = new LinkSession(link, outbox, node, options, _counters, time, log).RunAsync(change.Token);
        var beside = Task.WhenAll(
            status, new CommandInbox(outbox, node, _counters, log).RunAsync(link, change.Token));
        try
        {
            return await UntilEndedOrBetterAsync(session, index, change);
        }
        finally
        {
            await change.CancelAsync();
            await beside;
        }
    }

    private async Task<ILink?> UntilEndedOrBetterAsync(Task session, int index, CancellationTokenSource change)
    {
        if (index == 0)
        {
            await session;
            return null;
        }
        var better = DialFirstAsync(change.Token);
        await Task.WhenAny(session, better);
        await change.CancelAsync();
        try
        {
            await Task.WhenAll(session, better);
        }
        catch when (better.IsCompletedSuccessfully)
        {
            // A link that was made and that nobody will use now.
            if (await better is { } unused) await unused.DisposeAsync();
            throw;
        }
        return await better;
    }

    /// <summary>Tries the first endpoint now and then; null if it was ended before that succeeded.</summary>
    private async Task<ILink?> DialFirstAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.PreferFirstAfter, time, cancel);
                try
                {
                    return await dial(endpoints[0], cancel);
                }
                catch (LinkException e)
                {
                    LogUnreachable(log, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    [LoggerMessage(1321, LogLevel.Information, "Connected to {Endpoint}")]
    private static partial void LogConnected(ILogger log, string endpoint);

    [LoggerMessage(1322, LogLevel.Warning, "The line is down: {Reason}; events wait in the outbox")]
    private static partial void LogDisconnected(ILogger log, string reason);

    [LoggerMessage(1323, LogLevel.Warning, "No line to the center: {Reason}")]
    private static partial void LogUnreachable(ILogger log, string reason);
}

/// <summary>Opens a link to <paramref name="endpoint"/>; the caller disposes it.</summary>
/// <exception cref="LinkException">It can't be reached, is not who it should be, or refuses this node.</exception>
/// <exception cref="PicketException">A needed part is missing on this machine.</exception>
internal delegate Task<ILink> LinkDialer(EndpointConfig endpoint, CancellationToken cancel);
