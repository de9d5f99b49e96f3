using Picket.Agent.Cli.Demo;

namespace Picket.Tests.Agent.Cli.Demo;

public sealed class DemoStoryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Read = new("019c2f00-0000-7000-8000-0000000000aa");
    private static readonly Guid Hit = new("019c2f00-0000-7000-8000-0000000000bb");

    private readonly DemoStory _story = new(TimeZoneInfo.Utc);

    private (string Text, DemoTone Tone)? Tell(DemoAlert alert, double seconds = 0) =>
        _story.Tell(alert with { At = Noon.AddSeconds(seconds) }, Noon.AddSeconds(seconds + 0.3));

    private static DemoAlert Plate(string kind, string phase, Guid passage, string? entry = null) => new(
        "vehicles", kind, phase, passage, 0, null, 0, 0, "ABC123", entry, Noon, entry is null ? null : Read);

    private static DemoAlert Face(string phase) =>
        new("listed", "face.match", phase, Read, 0, "franck", 0.954, 0.46, null, null, Noon);

    [Fact]
    public void Tell_VehicleOnTheList_IsOneLineOfFourMessages()
    {
        var lines = new[]
        {
            Tell(Plate("plate.read", "new", Read)),
            Tell(Plate("plate.hit", "new", Hit, "demo: stolen")),
            Tell(Plate("plate.read", "update", Read), 1),
            Tell(Plate("plate.read", "end", Read), 2),
            Tell(Plate("plate.hit", "end", Hit, "demo: stolen"), 2),
        };

        var (text, tone) = Assert.Single(lines, line => line is not null)!.Value;
        Assert.Equal("12:00:00  vehicles  PLATE AB***3, on the list as 'demo: stolen'", text);
        Assert.Equal(DemoTone.Alert, tone);
    }

    [Fact]
    public void Tell_VehicleOnNoList_IsOneQuietLineWhenItHasLeft()
    {
        Assert.Null(Tell(Plate("plate.read", "new", Read)));

        var (text, tone) = Tell(Plate("plate.read", "end", Read), 2.4)!.Value;
        Assert.Equal("12:00:02  vehicles  read AB***3, on no list, in view 2.4 s", text);
        Assert.Equal(DemoTone.Lesser, tone);
    }

    // The node waits 5 s for the vehicle to come back: that is no delay of the line.
    [Theory]
    [InlineData(6, "in view 0.0 s")]
    [InlineData(15, "[10 s late]")]
    public void Tell_VehiclesEnd_IsLateOnlyBeyondTheWaitForItsReturn(int seconds, string ending)
    {
        Assert.Null(_story.Tell(Plate("plate.read", "new", Read), Noon));
        Assert.EndsWith(ending, _story.Tell(Plate("plate.read", "end", Read), Noon.AddSeconds(seconds))!.Value.Text);
    }

    [Fact]
    public void Tell_Person_AlertsAtOnceAndSaysWhenGone()
    {
        var (text, tone) = Tell(Face("new"))!.Value;
        Assert.Equal("12:00:00  listed    PERSON franck, similarity 0.95 (needs 0.46)", text);
        Assert.Equal(DemoTone.Alert, tone);
        Assert.Null(Tell(Face("update"), 1));
        Assert.Equal("12:00:09  listed    franck left after 9.0 s", Tell(Face("end"), 9)!.Value.Text);
    }

    [Fact]
    public void Tell_WhatComesLate_SaysSoAndKeepsTheOrder()
    {
        var line = _story.Tell(Face("new"), Noon.AddSeconds(8));

        Assert.StartsWith("12:00:08", line!.Value.Text); // when it came: lines never go back in time
        Assert.EndsWith("[8 s late]", line.Value.Text);
    }

    [Fact]
    public void Tell_EveryLine_FitsEightyColumns()
    {
        var alert = Plate("plate.hit", "new", Hit, "demo: stolen") with { Plate = "WWWWWWWWWWW" };
        Assert.InRange(_story.Tell(alert, Noon.AddSeconds(8))!.Value.Text.Length, 40, 80);
        Assert.InRange(_story.Tell(Face("new"), Noon.AddSeconds(10))!.Value.Text.Length, 40, 80);
        Assert.InRange(DemoWatch.Waiting("broker", TimeSpan.FromSeconds(18), 114).Length, 40, 74);
    }

    [Fact]
    public void Waiting_And_Came_SayHowMany()
    {
        Assert.Equal("broker away 8 s: 14 events wait on the node, none lost", DemoWatch.Waiting("broker", TimeSpan.FromSeconds(8), 14));
        Assert.Equal("center away 4 s: 1 event waits on the node, none lost", DemoWatch.Waiting("center", TimeSpan.FromSeconds(4), 1));
        Assert.Equal("broker back: all 14 that waited came within 1.2 s", DemoWatch.Came("broker", TimeSpan.FromSeconds(1.2), 14));
    }

    [Fact]
    public void Write_ColorsOnATerminalAlone_AndAClosedOneStopsNothing()
    {
        var text = new StringWriter();
        new DemoConsole(text, isColored: true).Write("x", DemoTone.Alert);
        new DemoConsole(text, isColored: false).Write("y", DemoTone.Alert);
        Assert.Equal("\e[1;31mx\e[0m\ny\n", text.ToString());

        var closed = new DemoConsole(new ClosedWriter(), isColored: false);
        closed.Write("nobody reads this");
        Assert.True(closed.IsGone);
        closed.Write("nor this");
    }

    private sealed class ClosedWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Input/output error");
    }
}
