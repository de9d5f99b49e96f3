using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Telemetry;

public sealed class FaultPaceTests
{
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly FaultPace _pace;

    public FaultPaceTests() => _pace = new FaultPace(_time);

    [Fact]
    public void IsDue_TheSameAgain_OnceAMinute()
    {
        var told = 0;
        for (var second = 0; second < 180; second++)
        {
            if (_pace.IsDue("full")) told++;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, told);
    }

    [Fact]
    public void IsDue_ReasonsThatAlternate_OnceASecond()
    {
        var told = 0;
        for (var tenth = 0; tenth < 30; tenth++)
        {
            if (_pace.IsDue(tenth % 2 == 0 ? "full" : "failing")) told++;
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(told, 1, 3);
    }

    [Fact]
    public void Ended_FaultThatComesAndGoes_IsToldInPairsOnceASecond()
    {
        var (told, ended) = (0, 0);
        for (var tenth = 0; tenth < 30; tenth++)
        {
            if (_pace.IsDue("full")) told++;
            if (_pace.Ended()) ended++;
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal((3, 3), (told, ended));
    }
}
