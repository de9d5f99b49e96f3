using System.Net;
using Microsoft.Extensions.Logging;
using Picket.Center.Receive;
using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>What the broker logs: at most one line in ten seconds about each node and each address. Any thread.</summary>
internal sealed partial class BrokerWords(ILogger log, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LogThrottle _throttle = new(time);

    public void Stranger(IPAddress address, string reason) =>
        Add($"stranger {address}", count => LogStranger(log, address, count, PlainText.Of(reason)));

    public void Refused(string node, string reason) =>
        Add($"refused {node}", count => LogRefused(log, PlainText.Of(node, 63), count, reason));

    public void Cut(string node, string reason) => Add($"cut {node}", count => LogCut(log, PlainText.Of(node, 63), count, reason));

    public void NotTaken(string reason) => Add("taking", count => LogNotTaken(log, count, reason));

    public void Fault(string what) => Add("fault", count => LogFault(log, count, what));

    private void Add(string about, Action<long> tell)
    {
        lock (_gate) _throttle.Add(about, tell);
    }

    [LoggerMessage(2200, LogLevel.Warning, "broker: {Address} was refused ({Count} times), the last time because {Reason}")]
    private static partial void LogStranger(ILogger log, IPAddress address, long count, string reason);

    [LoggerMessage(2201, LogLevel.Warning, "broker: node {Node} was refused ({Count} times), the last time because {Reason}")]
    private static partial void LogRefused(ILogger log, string node, long count, string reason);

    [LoggerMessage(2202, LogLevel.Warning, "broker: node {Node} was cut off ({Count} times), the last time because {Reason}")]
    private static partial void LogCut(ILogger log, string node, long count, string reason);

    [LoggerMessage(2203, LogLevel.Warning, "broker: a connection could not be accepted ({Count} times): {Reason}")]
    private static partial void LogNotTaken(ILogger log, long count, string reason);

    [LoggerMessage(2204, LogLevel.Error, "broker: {What} ({Count} times); all other connections are served, report this")]
    private static partial void LogFault(ILogger log, long count, string what);
}
