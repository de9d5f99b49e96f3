using System.Text;
using System.Text.Json.Nodes;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class WireJsonTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void TryReadEvent_OtherSchemaVersion_IsRefused(int version)
    {
        Assert.Null(WireJson.TryReadEvent(Changed(m => m["v"] = version), out var error));
        Assert.Contains($"schema version {version}", error);
    }

    [Theory]
    [InlineData("v")]
    [InlineData("id")]
    [InlineData("node")]
    [InlineData("epoch")]
    [InlineData("seq")]
    [InlineData("at")]
    [InlineData("mono")]
    [InlineData("kind")]
    [InlineData("body")]
    public void TryReadEvent_WithoutARequiredField_IsRefused(string field)
    {
        Assert.Null(WireJson.TryReadEvent(Changed(m => m.AsObject().Remove(field)), out var error));
        Assert.StartsWith("malformed message", error);
    }

    [Theory]
    [InlineData("person")]
    [InlineData("threshold")]
    [InlineData("box")]
    public void TryReadEvent_FaceWithoutARequiredField_IsRefused(string field) =>
        AssertRefused(Changed(m => m["body"]!["face"]!.AsObject().Remove(field)));

    [Theory]
    [InlineData("node", "null")]
    [InlineData("body", "null")]
    [InlineData("id", "\"019c2f00000070008000000000000001\"")] // a UUID is written with its hyphens (RFC 9562 4)
    [InlineData("id", "1")]
    [InlineData("seq", "9223372036854775808")]
    [InlineData("seq", "1.5")]
    [InlineData("at", "\"yesterday\"")]
    [InlineData("kind", "\"face.seen\"")]
    [InlineData("kind", "0")]
    [InlineData("kind", "\"0\"")]
    [InlineData("phase", "7")]
    public void TryReadEvent_BadValue_IsRefused(string field, string json) =>
        AssertRefused(Changed(m => m[field] = JsonNode.Parse(json)));

    [Theory]
    [InlineData("[1,2,3]")]
    [InlineData("[1,2,3,4,5]")]
    [InlineData("[1,2,3,1e99]")]
    [InlineData("[1,2,3,null]")]
    [InlineData("null")]
    public void TryReadEvent_FaceWithABadBox_IsRefused(string box) =>
        AssertRefused(Changed(m => m["body"]!["face"]!["box"] = JsonNode.Parse(box)));

    [Theory]
    [InlineData("text", "\"\"")]
    [InlineData("text", "\"leb4821\"")]
    [InlineData("text", "\"LEB-482\"")]
    [InlineData("text", "\"LEB4821LEB4821LEB4821\"")]
    [InlineData("characters", "[1]")]
    [InlineData("characters", "[1,1,1,1,1,1,1e99]")]
    [InlineData("confidence", "1e99")]
    [InlineData("box", "[1,2,3]")]
    [InlineData("corners", "[1,2,3,4]")]
    [InlineData("models", "[\"a\"]")]
    [InlineData("models", "[\"a\",null]")]
    [InlineData("candidates", "[null]")]
    [InlineData("candidates", "[{\"text\":\"A/1\",\"confidence\":0.1}]")]
    [InlineData("candidates", "[{\"text\":\"A1\",\"confidence\":1e99}]")]
    [InlineData("candidates", "[{\"text\":\"A\",\"confidence\":0},{\"text\":\"A\",\"confidence\":0},{\"text\":\"A\",\"confidence\":0},{\"text\":\"A\",\"confidence\":0},{\"text\":\"A\",\"confidence\":0},{\"text\":\"A\",\"confidence\":0}]")]
    public void TryReadEvent_BadPlate_IsRefused(string field, string json) =>
        AssertRefused(Changed(m => m["body"]!["plate"]![field] = JsonNode.Parse(json), "plate.hit.new"));

    [Theory]
    [InlineData("score", "1e99")]
    [InlineData("falseHits", "1e999")]
    [InlineData("list", "null")]
    [InlineData("read", "\"x\"")]
    public void TryReadEvent_BadHit_IsRefused(string field, string json) =>
        AssertRefused(Changed(m => m["body"]!["hit"]![field] = JsonNode.Parse(json), "plate.hit.new"));

    [Fact]
    public void TryReadHeader_KindOfALaterBuild_IsRead()
    {
        var later = Changed(m =>
        {
            m["kind"] = "smoke.seen";
            m["body"] = new JsonObject { ["face"] = "anything" };
        });

        var header = WireJson.TryReadHeader(later, out var error);

        Assert.Equal("", error);
        Assert.Equal(("smoke.seen", "node-7", 1L, "gate-2"), (header!.Kind, header.Node, header.Seq, header.Camera));
        Assert.Equal((PassagePhase.New, new Guid("019c2f00-0000-7000-8000-0000000000bb")), (header.Phase, header.Passage));
    }

    [Theory]
    [InlineData("kind", "\"\"")]
    [InlineData("kind", "\"a b\"")]
    [InlineData("kind", "\"\\u001b[2J\"")]
    [InlineData("kind", "\"Smoke\"")]
    [InlineData("kind", "7")]
    [InlineData("kind", "null")]
    [InlineData("v", "2")]
    [InlineData("id", "null")]
    [InlineData("seq", "null")]
    [InlineData("phase", "\"over\"")]
    public void TryReadHeader_BadField_IsRefused(string field, string json)
    {
        Assert.Null(WireJson.TryReadHeader(Changed(m => m[field] = JsonNode.Parse(json)), out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void TryReadEvent_HealthWithANullCamera_IsRefused() =>
        AssertRefused(Changed(m => m["body"]!["health"] =
            JsonNode.Parse("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[null]}""")));

    [Theory]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":-1,"cameras":[]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":1000000000001,"cameras":[]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[{"camera":"a","up":true,"frames":-1,"dropped":0,"analyzed":0,"framesPerSecond":0}]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[{"camera":"a","up":true,"frames":0,"dropped":9223372036854775807,"analyzed":0,"framesPerSecond":0}]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[{"camera":"a","up":true,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":0,"badPackets":-1}]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[{"camera":"a","up":true,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":0,"corruptFrames":-1}]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[{"camera":"a","up":true,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":0,"cropsLost":-1}]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[],"losses":{"eventsLeftOut":-1,"cropsLeftOut":0,"eventsDeleted":0,"cropsDeleted":0,"diskFailedSeconds":0}}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[],"losses":{"eventsLeftOut":0,"cropsLeftOut":1e12,"eventsDeleted":0,"cropsDeleted":0,"diskFailedSeconds":-5}}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[],"losses":{"eventsLeftOut":0,"cropsLeftOut":0,"eventsDeleted":9223372036854775807,"cropsDeleted":0,"diskFailedSeconds":0}}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[],"losses":{"eventsLeftOut":0,"cropsLeftOut":0,"eventsDeleted":0,"cropsDeleted":9223372036854775807,"diskFailedSeconds":0}}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[],"warnings":[null]}""")]
    [InlineData("""{"uptimeSeconds":1,"outboxPending":0,"cameras":[],"warnings":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]}""")]
    public void TryReadEvent_HealthOutOfBounds_IsRefused(string health) =>
        AssertRefused(Changed(m => m["body"]!["health"] = JsonNode.Parse(health)));

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void TryReadEvent_HealthWithALongWarning_IsReadUpTo200Characters(int characters, bool isRead)
    {
        var message = Changed(m => m["body"]!["health"] = new JsonObject
        {
            ["uptimeSeconds"] = 1,
            ["outboxPending"] = 0,
            ["cameras"] = new JsonArray(),
            ["warnings"] = new JsonArray(new string('w', characters)),
        });

        Assert.Equal(isRead, WireJson.TryReadEvent(message, out _) is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{}{}")]
    [InlineData("// {}")]
    public void TryReadEvent_Malformed_IsRefused(string text) => AssertRefused(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void TryReadEvent_EveryTruncation_IsRefused()
    {
        var whole = Changed(_ => { });

        for (var length = 0; length < whole.Length; length++)
            AssertRefused(whole[..length]);
    }

    [Fact]
    public void TryReadEvent_InvalidUtf8_IsRefused()
    {
        var text = Changed(m => m["node"] = "node-X");
        text[text.AsSpan().IndexOf("node-X"u8) + 5] = 0xFF;

        AssertRefused(text);
    }

    // What is checked and what is stored must be one and the same text.
    [Fact]
    public void TryReadEvent_AFieldTwice_IsRefused()
    {
        var text = Encoding.UTF8.GetString(Changed(_ => { }));

        AssertRefused(Encoding.UTF8.GetBytes("{\"body\":{}," + text[1..]));
    }

    [Fact]
    public void TryReadEvent_NestedTooDeep_IsRefused() =>
        AssertRefused(Changed(m => m["deep"] = JsonNode.Parse(new string('[', 20) + new string(']', 20))));

    [Fact]
    public void TryReadEvent_LargerThanTheLimit_IsRefusedUnparsed()
    {
        Assert.Null(WireJson.TryReadEvent(new byte[WireJson.MaxMessageBytes + 1], out var error));
        Assert.Contains("at most 65536", error);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void TryReadAck_ManyIds_AreBounded(int count, bool accepted)
    {
        var ack = new Ack(1, "node-7", [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())]);

        Assert.Equal(accepted, WireJson.TryReadAck(WireJson.Write(ack), out var error) is not null);
        Assert.Equal(accepted, error.Length == 0);
    }

    [Theory]
    [InlineData("""{"v":1,"node":"node-7"}""")]
    [InlineData("""{"v":1,"node":"node-7","ids":null}""")]
    [InlineData("""{"v":1,"node":"node-7","ids":[null]}""")]
    [InlineData("""{"node":"node-7","ids":[]}""")]
    [InlineData("""{"v":2,"node":"node-7","ids":[]}""")]
    public void TryReadAck_Bad_IsRefused(string text)
    {
        Assert.Null(WireJson.TryReadAck(Encoding.UTF8.GetBytes(text), out var error));
        Assert.NotEqual("", error);
    }

    [Theory]
    [InlineData(0, 1, 3000, true)]
    [InlineData(63, 64, 1, true)]
    [InlineData(0, 1, 3001, false)]
    [InlineData(0, 65, 1, false)]
    [InlineData(0, 0, 1, false)]
    [InlineData(1, 1, 1, false)]
    [InlineData(-1, 1, 1, false)]
    [InlineData(0, 1, 0, false)]
    public void TryReadChunk_Bounds_AreHeld(int index, int count, int bytes, bool accepted)
    {
        var chunk = new CropChunk(
            1, Guid.CreateVersion7(), "node-7", Guid.CreateVersion7(), index, count, new byte[bytes]);

        Assert.Equal(accepted, WireJson.TryReadChunk(WireJson.Write(chunk), out var error) is not null);
        Assert.Equal(accepted, error.Length == 0);
    }

    [Fact]
    public void TryReadChunk_BadBase64_IsRefused()
    {
        var text = File.ReadAllText(Repository.Path("tests", "Wire", "Golden", "crop.json"))
            .Replace("/9j/4AAQ", "/9j/4AA*");

        Assert.Null(WireJson.TryReadChunk(Encoding.UTF8.GetBytes(text), out var error));
        Assert.StartsWith("malformed message", error);
    }

    [Fact]
    public void Write_LargestChunk_FitsTheMessageLimit()
    {
        var chunk = new CropChunk(
            1, Guid.CreateVersion7(), new string('n', 63), Guid.CreateVersion7(), 63, 64,
            new byte[CropChunk.MaxDataBytes]);

        // 3000 bytes are 4000 characters of Base64; names and numbers add less than 300.
        Assert.InRange(WireJson.Write(chunk).Length, 4000, 4300);
    }

    [Theory]
    [InlineData("online", true)]
    [InlineData("offline", false)]
    public void TryReadStatus_WordOfAnEarlierBuildOrALastWill_IsRead(string word, bool online)
    {
        var status = WireJson.TryReadStatus(Encoding.UTF8.GetBytes(word), out var error);

        Assert.Equal((online, null, ""), (status!.Online, status.Held, error));
    }

    [Theory]
    [InlineData("Online")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"v":1}""")]
    [InlineData("""{"v":2,"online":true}""")]
    [InlineData("""{"v":1,"online":1}""")]
    [InlineData("""{"v":1,"online":true,"held":[null]}""")]
    [InlineData("""{"v":1,"online":true,"held":[{"epoch":"019c2f00-0000-7000-8000-0000000000aa","low":0,"high":0}]}""")]
    [InlineData("""{"v":1,"online":true,"held":[{"epoch":"019c2f00-0000-7000-8000-0000000000aa","low":9,"high":7}]}""")]
    public void TryReadStatus_Bad_IsRefused(string text)
    {
        Assert.Null(WireJson.TryReadStatus(Encoding.UTF8.GetBytes(text), out var error));
        Assert.NotEqual("", error);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void TryReadStatus_ManyEpochs_AreBounded(int count, bool accepted)
    {
        var held = Enumerable.Range(0, count).Select(_ => new HeldRange(Guid.CreateVersion7(), 1, 0)).ToArray();

        Assert.Equal(
            accepted, WireJson.TryReadStatus(WireJson.Write(new NodeStatus(1, true, held)), out _) is not null);
    }

    [Theory]
    [InlineData("kind", "\"Resend!\"")]
    [InlineData("ranges", "[{\"epoch\":\"019c2f00-0000-7000-8000-0000000000aa\",\"from\":0,\"to\":1}]")]
    [InlineData("ranges", "[{\"epoch\":\"019c2f00-0000-7000-8000-0000000000aa\",\"from\":2,\"to\":1}]")]
    [InlineData("ranges", "[{\"epoch\":\"x\",\"from\":1,\"to\":1}]")]
    [InlineData("ranges", "[null]")]
    [InlineData("v", "2")]
    [InlineData("node", "null")]
    public void TryReadCommand_BadValue_IsRefused(string field, string json)
    {
        Assert.Null(WireJson.TryReadCommand(
            Changed(m => m[field] = JsonNode.Parse(json), "command.resend"), out var error));
        Assert.NotEqual("", error);
    }

    [Fact]
    public void TryReadCommand_KindOfALaterBuild_IsRead() =>
        Assert.Equal("list.fetch", WireJson.TryReadCommand(
            Changed(m => m["kind"] = "list.fetch", "command.resend"), out _)!.Kind);

    [Fact]
    public void TryReadCommand_TooManyRangesOrBytes_IsRefused()
    {
        var many = string.Join(',', Enumerable.Repeat("""{"epoch":"019c2f00-0000-7000-8000-0000000000aa","from":1,"to":1}""", 65));
        Assert.Null(WireJson.TryReadCommand(
            Changed(m => m["ranges"] = JsonNode.Parse($"[{many}]"), "command.resend"), out _));

        Assert.Null(WireJson.TryReadCommand(
            Changed(m => m["later"] = new string('x', 4096), "command.resend"), out var error));
        Assert.Contains("at most 4096", error);
    }

    [Fact]
    public void Write_CommandWithAsManyOfTheLongestRangesAsFit_IsReadAgain()
    {
        var longest = new EpochRange(Guid.CreateVersion7(), WireBounds.MaxNumber, WireBounds.MaxNumber);
        var command = new NodeCommand(
            1, Guid.CreateVersion7(), new string('n', 63), DateTimeOffset.UtcNow, NodeCommand.Resend,
            [.. Enumerable.Repeat(longest, NodeCommand.FittingRanges)]);

        Assert.Equal(38, WireJson.TryReadCommand(WireJson.Write(command), out _)!.Ranges!.Length);
        Assert.Throws<ArgumentException>(() => WireJson.Write(command with { Ranges = [.. Enumerable.Repeat(longest, 64)] }));
    }

    [Theory]
    [InlineData("[{\"from\":0,\"to\":1}]")]
    [InlineData("[{\"from\":5,\"to\":4}]")]
    [InlineData("[null]")]
    public void TryReadEvent_GapWithBadRanges_IsRefused(string ranges) =>
        AssertRefused(Changed(m => m["body"]!["gap"]!["ranges"] = JsonNode.Parse(ranges), "node.gap.ranges"));

    private static void AssertRefused(byte[] utf8)
    {
        Assert.Null(WireJson.TryReadEvent(utf8, out var error));
        Assert.NotEqual("", error);
    }

    private static byte[] Changed(Action<JsonNode> change, string golden = "face.match.new")
    {
        var message = JsonNode.Parse(
            File.ReadAllText(Repository.Path("tests", "Wire", "Golden", golden + ".json")))!;
        change(message);
        return Encoding.UTF8.GetBytes(message.ToJsonString());
    }
}
