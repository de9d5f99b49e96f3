using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Link;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Link;

public sealed class InFlightTests
{
    private const int WindowBytes = 1000;
    private const int Read = 1;

    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly SendWindow _window = new(WindowBytes);
    private readonly LinkOptions _options = new();
    private readonly LinkCounters _counters = new();
    private readonly InFlight _inFlight;

    public InFlightTests() => _inFlight = new InFlight(_window, _options, _counters, _time, NullLogger.Instance);

    /// <summary>A center that stands still is not sent everything again: the oldest message asks, and another one after it.</summary>
    [Fact]
    public void CheckTimeouts_NothingCameBack_OneMessageAsksAtATime()
    {
        SentEvent[] first = [Add(100), Add(100)];
        _inFlight.Sent(first);
        var second = Add(100);
        _inFlight.Sent([second]);

        Assert.Equal(first, TakeDueWhenStill());
        Assert.Equal([second], TakeDueWhenStill());
        Assert.Equal(3, _inFlight.Count);
    }

    [Fact]
    public void TakeDue_TwiceAfterOneTimeout_GivesThemOnce()
    {
        _inFlight.Sent([Add(100)]);
        _time.Advance(_options.AckTimeout);
        _inFlight.CheckTimeouts(isStill: true);
        Assert.Single(_inFlight.TakeDue());
        Assert.Empty(_inFlight.TakeDue());

        _inFlight.AreStillDue();
        Assert.Single(_inFlight.TakeDue());
    }

    /// <summary>What can never be acknowledged makes room for others after two messages without an answer; what does not fill the
    /// window is in nobody's way.</summary>
    [Theory]
    [InlineData(WindowBytes / 2, 0)]
    [InlineData(100, 3)]
    public void CheckTimeouts_NothingEverComesBack_AFullWindowIsSetAside(int firstBytes, int left)
    {
        foreach (var bytes in (int[])[firstBytes, 100, 100]) _inFlight.Sent([Add(bytes)]);
        TakeDueWhenStill();
        TakeDueWhenStill();
        Assert.Equal(3, _inFlight.Count);

        TakeDueWhenStill();

        Assert.Equal(left, _inFlight.Count);
        Assert.Equal(left == 0, _inFlight.MayGoAgainSoon());
    }

    [Fact]
    public void CheckTimeouts_ACenterThatAnswersNowAndThen_IsNotGivenUp()
    {
        var events = Enumerable.Range(0, 6).Select(_ => Add(WindowBytes / 2)).ToArray();
        foreach (var sent in events) _inFlight.Sent([sent]);
        foreach (var sent in events)
        {
            TakeDueWhenStill();
            TakeDueWhenStill();
            Assert.NotNull(_inFlight.Acked(sent.Id));
        }
        Assert.Equal(0, _inFlight.Count);
    }

    private SentEvent Add(int bytes)
    {
        var sent = new SentEvent(Guid.CreateVersion7(), Read, new byte[bytes], null) { Size = bytes };
        _window.Add(Read, bytes);
        _inFlight.Add(sent);
        return sent;
    }

    private SentEvent[] TakeDueWhenStill()
    {
        // Longer than the patience with what has been sent again already.
        _time.Advance(_options.AckTimeout * 4);
        _inFlight.CheckTimeouts(isStill: true);
        var due = _inFlight.TakeDue().SelectMany(lane => lane).ToArray();
        if (due.Length > 0) _inFlight.Sent(due);
        return due;
    }
}
