namespace Picket.Agent.Telemetry;

/// <summary>When a repeating fault is logged: at once, then once a minute, and at most once a second however its reason
/// changes. Used by one thread.</summary>
internal sealed class FaultPace(TimeProvider time)
{
    /// <summary>So a disk that is full for a weekend makes 2,880 lines, not 200,000.</summary>
    private static readonly TimeSpan SameAgain = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Another = TimeSpan.FromSeconds(1);

    private string? _told;
    private long? _toldAt;

    /// <summary>The fault is present; true if it should be logged now.</summary>
    public bool IsDue(string reason)
    {
        if (_toldAt is { } at && time.GetElapsedTime(at) < (reason == _told ? SameAgain : Another)) return false;
        (_told, _toldAt) = (reason, time.GetTimestamp());
        return true;
    }

    /// <summary>The fault is gone; true if that should be logged, because its presence was.</summary>
    public bool Ended()
    {
        var wasTold = _told is not null;
        _told = null;
        return wasTold;
    }
}
