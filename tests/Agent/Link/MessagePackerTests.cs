using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Tests.Agent.Link;

public sealed class MessagePackerTests
{
    private readonly MessagePacker _packer = new();

    [Fact]
    public void Fit_CenterThatSaidNothing_OneByOneAndUnpacked()
    {
        var body = "{\"a\":1}"u8.ToArray();
        _packer.Learn(new Ack(1, "node-1", []));

        Assert.Equal((1, 7 + LineRate.MessageOverheadBytes), _packer.Fit([7, 7], 4000, out var isFull));
        Assert.True(isFull);
        Assert.Equal(body, _packer.Pack([Event(body, 1)]).ToArray());
    }

    /// <summary>Half of 2,400 are 1,200; a fifth of each 700 with its line break 140.2, and 104 for the message: 7 go in
    /// (1,085), 8 (1,225) do not.</summary>
    [Fact]
    public void Fit_CenterThatUnpacks_HalfOfTheWindow()
    {
        Agree();

        Assert.Equal((7, 1085), _packer.Fit(Enumerable.Repeat(700, 20).ToArray(), 2400, out var isFull));
        Assert.True(isFull);
        Assert.Equal(3, _packer.Fit([700, 700, 700], 2400, out isFull).Count);
        Assert.False(isFull);
    }

    [Fact]
    public void Fit_AnyWindow_AtLeastOneAndNoMoreThanAMessageMayHold()
    {
        Agree();

        Assert.Equal(1, _packer.Fit([60_000, 700], 100, out _).Count);
        Assert.Equal(
            PackedMessages.MaxMessages, _packer.Fit(Enumerable.Repeat(10, 1000).ToArray(), 1 << 20, out _).Count);
        Assert.Equal(1, _packer.Fit([0, 700], 4000, out _).Count);
        Assert.Equal(1, _packer.Fit([700, 0], 4000, out _).Count);
    }

    [Fact]
    public void Pack_CenterThatUnpacks_IsWhatWasPut()
    {
        Agree();
        var bodies = new[] { "{\"a\":1}"u8.ToArray(), "{\"b\":2}"u8.ToArray() };

        var packed = _packer.Pack([Event(bodies[0], 1), Event(bodies[1], 2)]);

        Assert.Equal(bodies, PackedMessages.TryRead(packed.Span, out _)!.Select(m => m.ToArray()));
        var unnumbered = new SentEvent(Guid.CreateVersion7(), 1, bodies[0], null);
        Assert.Equal(bodies[0], _packer.Pack([unnumbered]).ToArray());
    }

    private void Agree() => _packer.Learn(new Ack(1, "node-1", [], PackedMessages.Version));

    private static SentEvent Event(byte[] body, long seq) =>
        new(Guid.CreateVersion7(), 1, body, null) { Number = (Guid.CreateVersion7(), seq) };
}
