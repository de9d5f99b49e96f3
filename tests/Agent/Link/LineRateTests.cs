using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Link;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Link;

/// <summary>Hand sums over lines of a known rate.</summary>
public sealed class LineRateTests
{
    private readonly FakeTimeProvider _time = Clocks.Still();

    /// <summary>The line is a queue of 4,000 bytes a second behind 50 ms: what is under way beyond half a second of it goes
    /// down to 4,000 x (0.05 + 0.5) = 2,200 bytes, and stays above the half of that.</summary>
    [Fact]
    public void WindowBytes_LineOf32Kilobits_IsBelowASecondAndKeepsItBusy()
    {
        var rate = new LineRate(64 * 1024, _time);

        var windows = Run(rate, bytesPerSecond: 4000, delay: TimeSpan.FromMilliseconds(50), messages: 500, size: 300);

        Assert.All(windows[20..], window => Assert.InRange(window, 2000, 4000));
        Assert.InRange(rate.BytesPerSecond!.Value, 3600, 4400);
    }

    [Fact]
    public void WindowBytes_FastLine_GrowsToTheMost()
    {
        var rate = new LineRate(64 * 1024, _time);

        Run(rate, bytesPerSecond: 10_000_000, delay: TimeSpan.FromMilliseconds(5), messages: 500, size: 1000);

        Assert.Equal(64 * 1024, rate.WindowBytes);
    }

    /// <summary>Two seconds of delay are no reason to send less: 1 Mbit/s need 250 kB under way, all of the most is
    /// used.</summary>
    [Fact]
    public void WindowBytes_FastLineWithTwoSecondsOfDelay_GrowsToTheMost()
    {
        var rate = new LineRate(64 * 1024, _time);

        Run(rate, bytesPerSecond: 125_000, delay: TimeSpan.FromSeconds(1), messages: 500, size: 1000);

        Assert.Equal(64 * 1024, rate.WindowBytes);
    }

    /// <summary>The broker answers for crops after 4 s, the center, far behind it, for events after 8: that is no line that
    /// is full.</summary>
    [Fact]
    public void WindowBytes_CenterFarBehindTheBroker_GrowsToTheMost()
    {
        var rate = new LineRate(64 * 1024, _time);
        for (var i = 0; i < 100; i++)
        {
            var (crop, read) = (rate.Mark(rate.WindowBytes), rate.Mark(rate.WindowBytes));
            _time.Advance(TimeSpan.FromSeconds(4));
            rate.Arrived(crop, 1000, isFirstHop: true);
            _time.Advance(TimeSpan.FromSeconds(4));
            rate.Arrived(read, 1000);
        }

        Assert.Equal(64 * 1024, rate.WindowBytes);
    }

    [Fact]
    public void WindowBytes_LineThatIsNotMadeUseOf_StaysAsItIs()
    {
        var rate = new LineRate(64 * 1024, _time);
        for (var i = 0; i < 100; i++)
        {
            var mark = rate.Mark(300);
            _time.Advance(TimeSpan.FromMilliseconds(50));
            rate.Arrived(mark, 300);
        }

        Assert.Equal(LineRate.FirstBytes, rate.WindowBytes);
    }

    [Fact]
    public void WindowBytes_LineOf1Kilobit_StillLetsTheLeastThrough()
    {
        var rate = new LineRate(64 * 1024, _time);

        Run(rate, bytesPerSecond: 125, delay: TimeSpan.FromMilliseconds(50), messages: 50, size: 300);

        Assert.Equal(LineRate.LeastBytes, rate.WindowBytes);
    }

    [Fact]
    public void WindowBytes_MostBelowTheLeast_IsTheMost()
    {
        var rate = new LineRate(100, _time);

        Run(rate, bytesPerSecond: 4000, delay: TimeSpan.FromMilliseconds(50), messages: 50, size: 300);

        Assert.Equal(100, rate.WindowBytes);
    }

    /// <summary>A sender that always fills the window, and a line that brings one message after the other. Gives the
    /// window after each.</summary>
    private List<int> Run(LineRate rate, double bytesPerSecond, TimeSpan delay, int messages, int size)
    {
        var start = _time.GetTimestamp();
        var underWay = new Queue<(SendMark Mark, TimeSpan ArrivesAt)>();
        var windows = new List<int>();
        var free = TimeSpan.Zero;
        while (windows.Count < messages)
        {
            var now = _time.GetElapsedTime(start);
            while (underWay.Count == 0 || (underWay.Count + 1) * size <= rate.WindowBytes)
            {
                free = (free > now ? free : now) + TimeSpan.FromSeconds(size / bytesPerSecond);
                underWay.Enqueue((rate.Mark((underWay.Count + 1) * size), free + delay));
            }
            var (mark, at) = underWay.Dequeue();
            if (at > now) _time.Advance(at - now);
            rate.Arrived(mark, size);
            windows.Add(rate.WindowBytes);
        }
        return windows;
    }
}
