using System.Text;
using System.Text.Json.Nodes;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class AckTests
{
    private static readonly Guid FirstEpoch = new("019c2f00-0000-7000-8000-0000000000aa");

    [Fact]
    public void OfSeqs_InAnyOrderAndTwice_AreRanges()
    {
        var ack = Assert.Single(Ack.OfSeqs("node-7", FirstEpoch, [22, 3, 1, 2, 2, 24, 25]));

        Assert.Equal([1, 3, 22, 22, 24, 25], ack.Seqs!);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(File.ReadAllBytes(Repository.Path("tests", "Wire", "Golden", "ack.seqs.json"))),
            JsonNode.Parse(WireJson.Write(ack))));
    }

    [Fact]
    public void Covers_EndsOfRanges_AreIncluded()
    {
        var ack = Assert.Single(Ack.OfSeqs("node-7", FirstEpoch, [1, 2, 3, 22, 24, 25]));

        Assert.Equal([1, 2, 3, 22, 24, 25], Enumerable.Range(0, 30).Select(n => (long)n).Where(n => ack.Covers(FirstEpoch, n)));
        Assert.False(ack.Covers(Guid.Empty, 1));
        Assert.False(new Ack(1, "node-7", []).Covers(FirstEpoch, 1));
    }

    [Fact]
    public void OfSeqs_MoreRangesThanAllowed_AreSeveralAcks()
    {
        var acks = Ack.OfSeqs("node-7", FirstEpoch, Enumerable.Range(1, 300).Select(n => 2L * n)).ToArray();

        Assert.Equal([256, 256, 88], acks.Select(ack => ack.Seqs!.Length));
        Assert.All(acks, ack => Assert.NotNull(WireJson.TryReadAck(WireJson.Write(ack), out _)));
    }

    [Theory]
    [InlineData("""[1]""", "even")]
    [InlineData("""[0,1]""", "range")]
    [InlineData("""[2,1]""", "range")]
    [InlineData("""[1,9223372036854775808]""", "malformed")]
    public void TryReadAck_NoRanges_IsRefused(string seqs, string reason)
    {
        var text = $$"""{"v":1,"node":"node-7","ids":[],"epoch":"{{FirstEpoch}}","seqs":{{seqs}}}""";

        Assert.Null(WireJson.TryReadAck(Encoding.UTF8.GetBytes(text), out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryReadAck_TooManyRangesOrNoEpoch_IsRefused()
    {
        var most = new Ack(1, "node-7", [], 1, FirstEpoch, [.. Enumerable.Range(1, 256).Select(n => (long)n)]);

        Assert.NotNull(WireJson.TryReadAck(WireJson.Write(most), out _));
        Assert.Null(WireJson.TryReadAck(WireJson.Write(most with { Seqs = [.. most.Seqs!, 300, 301] }), out _));
        Assert.Null(WireJson.TryReadAck(WireJson.Write(most with { Epoch = null }), out _));
    }
}
