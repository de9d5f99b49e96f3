using Microsoft.Extensions.Logging;

namespace Picket.Center.Receive;

/// <summary>Tells of refused messages at most once a second, with their number: a node gone wrong must not fill the
/// log.</summary>
internal sealed class RefusalLog(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long? _lastAt;
    private long _count;

    public void Add(string node, string reason)
    {
        _count++;
        if (_lastAt is { } lastAt && time.GetElapsedTime(lastAt) < Interval) return;
        ReceiveLog.Refused(logger, _count, Plain.Text(node, 63), Plain.Text(reason));
        _lastAt = time.GetTimestamp();
        _count = 0;
    }
}
