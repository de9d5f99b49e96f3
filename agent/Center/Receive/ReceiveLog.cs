using Microsoft.Extensions.Logging;

namespace Picket.Center.Receive;

/// <summary>The log messages of this room.</summary>
internal static partial class ReceiveLog
{
    [LoggerMessage(2000, LogLevel.Information, "broker {Broker}: connected")]
    public static partial void Connected(ILogger log, string broker);

    [LoggerMessage(2001, LogLevel.Warning, "broker {Reason}; trying again")]
    public static partial void Disconnected(ILogger log, string reason);

    [LoggerMessage(2002, LogLevel.Warning, "node {Node}: refused {Count} messages, the last because {Reason}")]
    public static partial void Refused(ILogger log, string node, long count, string reason);

    [LoggerMessage(2003, LogLevel.Error,
        "database: {Reason}; nothing is acknowledged until this is fixed (disk full? server away?), nodes keep their events")]
    public static partial void CommitFailed(ILogger log, string reason);

    [LoggerMessage(2004, LogLevel.Information, "database: commits work again")]
    public static partial void CommitsAgain(ILogger log);

    [LoggerMessage(2005, LogLevel.Error,
        "node {Node}: {Count} events claim the numbers of others, the last seq {Seq}; all are kept and shown, "
            + "check whether the node was set back to an earlier state, or its disk was copied")]
    public static partial void Conflict(ILogger log, string node, long count, long seq);

    [LoggerMessage(2006, LogLevel.Warning, "node {Node} declares {Count} events lost: {Reason} (the last of {Gaps} such reports)")]
    public static partial void Gap(ILogger log, string node, long count, string reason, long gaps);

    [LoggerMessage(2009, LogLevel.Warning,
        "node {Node} declares an unknown number of events lost: {Reason} (the last of {Gaps} such reports)")]
    public static partial void UnknownGap(ILogger log, string node, string reason, long gaps);

    [LoggerMessage(2010, LogLevel.Error,
        "standard output: {Reason}; alerts are stored, acknowledged and on the page, but not printed")]
    public static partial void PrintFailed(ILogger log, string reason);

    [LoggerMessage(2007, LogLevel.Warning,
        "node {Node}: acknowledgment refused by the broker ({Reason}); start the broker with this site's acl file")]
    public static partial void AckRefused(ILogger log, string node, string reason);

    [LoggerMessage(2008, LogLevel.Warning,
        "{Count} messages arrived faster than they could be stored and were dropped, the last from node {Node}; "
            + "the nodes send them again")]
    public static partial void Dropped(ILogger log, long count, string node);

    [LoggerMessage(2011, LogLevel.Information,
        "node {Node}: {Count} events that it holds have not arrived; asked for them again, from {From} of epoch {Epoch}")]
    public static partial void AskedAgain(ILogger log, string node, long count, long from, Guid epoch);

    [LoggerMessage(2012, LogLevel.Warning,
        "node {Node}: {Count} events never came and the node no longer holds them; they were not declared lost")]
    public static partial void Missing(ILogger log, string node, long count);

    [LoggerMessage(2014, LogLevel.Error,
        "node {Node}: {What} could not be processed ({Count} times; {Kind}: {Reason}); all other nodes are served, report this")]
    public static partial void NodeFault(ILogger log, string node, string what, long count, string kind, string reason);

    [LoggerMessage(2015, LogLevel.Error,
        "node {Node}: connects with number {High}, but {Last} is stored: it was set back to an earlier state, or copied; it is "
            + "told to continue above that, and what it had not delivered before is unknown")]
    public static partial void SetBack(ILogger log, string node, long high, long last);

    [LoggerMessage(2016, LogLevel.Error,
        "node {Node}: two machines displace each other ({Count} times); one of them is a copy, give it a name of its own")]
    public static partial void Twice(ILogger log, string node, long count);

    [LoggerMessage(2017, LogLevel.Warning, "old events were not deleted: {Reason}; it is tried again every minute")]
    public static partial void NotDeleted(ILogger log, string reason);

    [LoggerMessage(2018, LogLevel.Warning,
        "the clock shows {Now}, but nothing has arrived since {Believed}: if it is wrong, set it; until the next start, old "
            + "events are deleted as if it were that time")]
    public static partial void ClockAhead(ILogger log, DateTimeOffset now, DateTimeOffset believed);

    [LoggerMessage(2013, LogLevel.Warning,
        "node {Node}: command refused by the broker ({Reason}); start the broker with this site's acl file")]
    public static partial void CommandRefused(ILogger log, string node, string reason);
}
