using Picket.Agent.Telemetry;

namespace Picket.Tests.Agent.Telemetry;

public sealed class NodeWarningsTests
{
    private readonly NodeWarnings _warnings = new();

    [Fact]
    public void Set_AgainBySameSource_ReplacesAndLeavesTheOthers()
    {
        _warnings.Set("lists", ["list a is empty", "list b is missing"]);
        _warnings.Set("clock", ["the clock is wrong"]);
        _warnings.Set("lists", ["list b is missing"]);

        Assert.Equal(["the clock is wrong", "list b is missing"], _warnings.Current);
    }

    [Fact]
    public void Set_ToNothing_TheWarningIsGone()
    {
        _warnings.Set("lists", ["list a is empty"]);
        _warnings.Set("lists", []);

        Assert.Empty(_warnings.Current);
    }

    [Fact]
    public void Current_MoreThanTheWireTakes_TellsHowManyMore()
    {
        _warnings.Set("lists", Enumerable.Range(1, 20).Select(i => $"list {i} is empty"));

        Assert.Equal(16, _warnings.Current.Count);
        Assert.Equal("list 15 is empty", _warnings.Current[14]);
        Assert.Equal("and 5 more; see the node's log", _warnings.Current[15]);
    }

    [Fact]
    public void Current_LongTextWithEscapes_IsPlainAndCut()
    {
        _warnings.Set("lists", ["\u001b[31m" + new string('x', 500)]);

        var text = Assert.Single(_warnings.Current);
        Assert.Equal(200, text.Length);
        Assert.StartsWith("?[31mxxx", text);
        Assert.EndsWith("x...", text);
    }
}
