using Microsoft.Extensions.Logging;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>The events that are under way, and those that are set aside because the center leaves them
/// unacknowledged.</summary>
/// <param name="window">Lent: what leaves here leaves it.</param>
internal sealed partial class InFlight(
    SendWindow window, LinkOptions options, LinkCounters counters, TimeProvider time, ILogger log)
{
    /// <summary>Whatever their size: four full packed messages.</summary>
    public const int MaxEvents = 512;

    /// <summary>An event that the center leaves unacknowledged this often, while it acknowledges others, waits for
    /// <see cref="LinkOptions.RetryGivenUpAfter"/>.</summary>
    private const int MaxAttempts = 5;

    /// <summary>Events that fill the window, none of which the center acknowledges, wait outside of it when so many messages were
    /// sent again without an answer: a center that stands still has had its chance then.</summary>
    private const int MaxStillAttempts = 2;

    private readonly Dictionary<Guid, SentEvent> _underWay = [];
    private readonly SetAside _setAside = new();
    private long _order;
    private int _stillAttempts;
    private bool _isAnyDue;
    private bool _hasGivenUp;

    /// <summary>Under way.</summary>
    public int Count => _underWay.Count;

    /// <summary>The center has got messages up to this one: what was sent before and is not acknowledged is lost.</summary>
    public long LastAckedOrder { get; private set; }

    /// <summary>It is under way or set aside.</summary>
    public bool Has(Guid id) => _underWay.ContainsKey(id) || _setAside.Has(id);

    public void Add(SentEvent sent) => _underWay[sent.Id] = sent;

    /// <summary>The number of the next message.</summary>
    public long NextOrder() => ++_order;

    /// <summary>They went in one message.</summary>
    public void Sent(IReadOnlyList<SentEvent> events)
    {
        var order = NextOrder();
        foreach (var sent in events)
        {
            sent.Attempts++;
            sent.IsDue = false;
            sent.SentAt = time.GetTimestamp();
            sent.Order = order;
        }
    }

    /// <summary>The center has it; null if it was not under way.</summary>
    public SentEvent? Acked(Guid id)
    {
        _setAside.Remove(id);
        _stillAttempts = 0;
        if (!_underWay.TryGetValue(id, out var acked)) return null;
        Remove(acked);
        AckedUpTo(acked.Order);
        return acked;
    }

    /// <summary>The center has got the message of this number.</summary>
    public void AckedUpTo(long order) => LastAckedOrder = Math.Max(LastAckedOrder, order);

    public void Remove(SentEvent sent)
    {
        _underWay.Remove(sent.Id);
        window.Remove(sent.Lane, sent.Size);
    }

    /// <summary>Those whose numbers the ack names.</summary>
    public SentEvent[] NamedBy(Ack ack) =>
        [.. _underWay.Values.Where(sent => sent.Number is var (epoch, seq) && ack.Covers(epoch, seq))];

    /// <summary>The one whose bytes are refused, or null.</summary>
    public SentEvent? NamedBy(AckRefusal refusal) => _underWay.Values.FirstOrDefault(sent => refusal.Names(sent.Digest));

    /// <summary>What the center had taken but not acknowledged before it went away is lost with it.</summary>
    public void AllAreDueBut(IReadOnlyList<SentEvent> justTaken)
    {
        foreach (var lost in _underWay.Values) lost.IsDue = !justTaken.Contains(lost);
        _isAnyDue = true;
    }

    /// <summary>The message that these went in was lost on its first hop.</summary>
    public void AreDue(IReadOnlyList<SentEvent> lost)
    {
        foreach (var sent in lost) sent.IsDue = true;
        _isAnyDue = true;
    }

    /// <summary>What is to be sent again, each once: by lane, each in the order that it was sent in.</summary>
    public IReadOnlyList<SentEvent[]> TakeDue()
    {
        // Asked at each turn of the session's loop, and mostly there is nothing.
        if (!_isAnyDue) return [];
        _isAnyDue = false;
        return
        [
            .. from sent in _underWay.Values
               where sent.IsDue
               group sent by sent.Lane into lane
               orderby lane.Key
               select lane.OrderBy(sent => sent.Order).ToArray(),
        ];
    }

    /// <summary>Some of what <see cref="TakeDue"/> gave could not be sent.</summary>
    public void AreStillDue() => _isAnyDue = true;

    /// <summary>Decides what is to be sent again, and what waits beside the others; true when there is room for others by
    /// that.</summary>
    /// <remarks>While nothing at all comes back, a single message asks, the oldest: a center that stands still would get a window
    /// of events twice from each of its nodes, and that when it has most to do.</remarks>
    /// <param name="isStill">Nothing came back for the timeout, though all messages are over the first hop.</param>
    public bool CheckTimeouts(bool isStill)
    {
        var isFull = _underWay.Count >= MaxEvents || window.UnderWay >= window.Bytes / 2;
        var isHopeless = isStill && isFull && _stillAttempts >= MaxStillAttempts;
        var oldest = isStill && !isHopeless ? _underWay.Values.Where(IsOverdue).MinBy(sent => sent.Order)?.Order : null;
        if (oldest is not null) _stillAttempts++;
        if (isHopeless) _stillAttempts = 0; // what comes into its place has its chance too
        var (givenUp, attempts) = (0, 0);
        foreach (var (id, sent) in _underWay)
        {
            var isOvertaken = sent.Order < LastAckedOrder;
            if (!isHopeless && !(IsOverdue(sent) && (isOvertaken || sent.Order == oldest))) continue;
            sent.IsDue = _isAnyDue = true;
            if (!isHopeless && (!isOvertaken || sent.Attempts < MaxAttempts)) continue;
            (givenUp, attempts) = (givenUp + 1, sent.Attempts);
            _hasGivenUp = true;
            _setAside.Add(id, isStill: !isOvertaken);
            Remove(sent);
        }
        if (givenUp == 0) return false;
        LogUnacknowledged(log, givenUp, attempts, options.RetryGivenUpAfter);
        counters.SetAside(_setAside.Count);
        return true;
    }

    private bool IsOverdue(SentEvent sent) => !sent.IsDue
        && time.GetElapsedTime(sent.SentAt) >= options.AckTimeout * (1 << Math.Min(sent.Attempts - 1, MaxAttempts));

    /// <summary>Something of what waits beside the others may go again, since the center acknowledges.</summary>
    public bool MayGoAgainSoon()
    {
        var isSome = _setAside.ReleaseSoon();
        counters.SetAside(_setAside.Count);
        return isSome;
    }

    /// <summary>As <see cref="MayGoAgainSoon"/> once in a while; false if nothing was given up.</summary>
    public bool MayGoAgainLater()
    {
        if (!_hasGivenUp) return false;
        _hasGivenUp = _setAside.ReleaseLater();
        return true;
    }

    [LoggerMessage(1313, LogLevel.Warning, "No ack for {Count} events after {Attempts} attempts; "
        + "they no longer hold up the others and are tried again every {Wait}")]
    private static partial void LogUnacknowledged(ILogger log, int count, int attempts, TimeSpan wait);
}
