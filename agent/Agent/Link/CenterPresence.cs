using Microsoft.Extensions.Logging;

namespace Picket.Agent.Link;

/// <summary>Whether the center takes what is sent. While it does not, everything is held back, and a single message now and then
/// probes for it.</summary>
internal sealed partial class CenterPresence(LinkOptions options, LinkCounters counters, TimeProvider time, ILogger log)
{
    private bool _isAsking;
    private long _since;
    private TimeSpan _askAfter;

    public bool IsAbsent { get; private set; }

    /// <summary>The center is present, or may be probed with one message.</summary>
    public bool MaySend => !IsAbsent || (!_isAsking && time.GetElapsedTime(_since) >= _askAfter);

    /// <summary>Nobody received what was sent.</summary>
    public void Went(SendResult why)
    {
        if (!IsAbsent) LogAbsent(log, why);
        IsAbsent = true;
        _isAsking = false;
        _since = time.GetTimestamp();
        _askAfter = why == SendResult.Refused ? options.AckTimeout : options.AbsenceRetry;
        counters.CenterIs(absent: true);
    }

    /// <summary>It took a message.</summary>
    public void Came()
    {
        LogPresent(log);
        IsAbsent = _isAsking = false;
        counters.CenterIs(absent: false);
    }

    /// <summary>A message was sent: while the center is absent, no other until it is answered.</summary>
    public void Asked() => _isAsking = IsAbsent;

    [LoggerMessage(1311, LogLevel.Warning, "The center is not accepting messages ({Reason}); events wait in the outbox")]
    private static partial void LogAbsent(ILogger log, SendResult reason);

    [LoggerMessage(1312, LogLevel.Information, "The center accepts messages again")]
    private static partial void LogPresent(ILogger log);
}
