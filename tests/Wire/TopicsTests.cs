using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class TopicsTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("7")]
    [InlineData("gate-2")]
    [InlineData("a-")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890ab")] // 63
    public void IsName_Allowed_IsTrue(string name) => Assert.True(Topics.IsName(name));

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("Gate")]
    [InlineData("gate_2")]
    [InlineData("gate.2")]
    [InlineData("gate 2")]
    [InlineData("gate/2")]
    [InlineData("+")]
    [InlineData("#")]
    [InlineData("..")]
    [InlineData("gäte")]
    [InlineData("gate\n")]
    [InlineData("gate\0")]
    [InlineData("٣")] // a digit, but not 0 to 9
    [InlineData("0123456789012345678901234567890123456789012345678901234567890abc")] // 64
    public void IsName_NotAllowed_IsFalse(string name) => Assert.False(Topics.IsName(name));

    [Theory]
    [InlineData("picket/v1/node-7/event", "node-7")]
    [InlineData("picket/v1/node-7/crop", "node-7")]
    [InlineData("picket/v1/list/faces", null)]
    [InlineData("picket/v1/node-7", null)]
    [InlineData("picket/v1//event", null)]
    [InlineData("picket/v2/node-7/event", null)]
    [InlineData("other/v1/node-7/event", null)]
    [InlineData("/picket/v1/node-7/event", null)]
    [InlineData("", null)]
    public void NodeOf_Topic_GivesTheNodeOrNull(string topic, string? node) => Assert.Equal(node, Topics.NodeOf(topic));

    [Fact]
    public void Topics_OfANode_AreTheDocumentedOnes()
    {
        Assert.Equal("picket/v1/node-7/event", Topics.Event("node-7"));
        Assert.Equal("picket/v1/node-7/crop", Topics.Crop("node-7"));
        Assert.Equal("picket/v1/node-7/status", Topics.Status("node-7"));
        Assert.Equal("picket/v1/node-7/ack", Topics.Ack("node-7"));
        Assert.Equal("picket/v1/node-7/cmd", Topics.Command("node-7"));
    }
}
