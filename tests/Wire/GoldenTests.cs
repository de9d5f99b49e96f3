using System.Text;
using System.Text.Json.Nodes;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

/// <summary>
/// One hand-written message per kind, in <c>Golden/</c>: what nodes and centers in the field speak. They never change.
/// </summary>
public sealed class GoldenTests
{
    private static readonly Guid Epoch = new("019c2f00-0000-7000-8000-0000000000aa");
    private static readonly Guid Passage = new("019c2f00-0000-7000-8000-0000000000bb");
    private static readonly Guid Crop = new("019c2f00-0000-7000-8000-0000000000cc");
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Models = ["plate-detect 1.0.0", "plate-read 1.0.0"];

    private static readonly PlateReadBody Plate = new(
        "LEB4821", 0.969f, [0.99f, 0.98f, 0.99f, 1, 0.97f, 0.99f, 0.99f], 1, [612, 401, 88, 24],
        [612, 401, 700, 403, 700, 425, 612, 423], 12345, 3, Models, "letters and number", "pk", Crop: Crop);

    private static readonly Dictionary<string, EventEnvelope> Events = new()
    {
        ["face.match.new"] = Message(
            1, Noon.AddMilliseconds(250), 1_500_000_000, EventKind.FaceMatch, "gate-2", new EventBody
            {
                Face = new FaceMatchBody(
                "franck", "demo", 0.8125f, 0.5f, 42, Noon.AddMilliseconds(250), [10.5f, 20, 64, 80.25f], 0.75f, 1,
                Crop),
            }, PassagePhase.New),
        ["face.match.end"] = Message(2, Noon.AddSeconds(9), 10_250_000_000, EventKind.FaceMatch, "gate-2", new EventBody
        {
            Face = new FaceMatchBody(
                "franck", "demo", 0.875f, 0.5f, 250, Noon.AddSeconds(8), [12, 22, 64, 80], 0.875f, 3, Reason: "left"),
        }, PassagePhase.End, rev: 2),
        ["camera.down"] = Message(3, Noon.AddMinutes(1), 61_250_000_000, EventKind.CameraDown, "gate-2", new EventBody
        {
            CameraState = new CameraStateBody("401 Unauthorized from 10.0.0.7; check user and password"),
        }),
        ["camera.up"] = Message(4, Noon.AddSeconds(80.5), 81_750_000_000, EventKind.CameraUp, "gate-2", new EventBody
        {
            CameraState = new CameraStateBody("frames again", 20.5),
        }),
        ["node.health"] = Message(5, Noon.AddMinutes(2), 121_250_000_000, EventKind.NodeHealth, null, new EventBody
        {
            Health = new NodeHealthBody(
                121.25, 3,
                [new CameraHealth("gate-1", true, 3000, 12, 600, 25), new CameraHealth("gate-2", false, 0, 0, 0, 0)]),
        }),
        ["list.applied"] = Message(16, Noon, 1_250_000_000, EventKind.ListApplied, null, new EventBody
        {
            List = new ListAppliedBody("stolen", ListAppliedBody.Plates, "0123456789ab", 1204),
        }),
        ["list.applied.problem"] = Message(17, Noon, 1_250_000_000, EventKind.ListApplied, null, new EventBody
        {
            List = new ListAppliedBody(
                "stolen", ListAppliedBody.Plates, "0123456789ab", 1204,
                "/lists/stolen.csv can't be read (no such file)", LastGood: true),
        }),
        ["node.gap"] = Message(90, Noon.AddMinutes(3), 181_250_000_000, EventKind.NodeGap, null, new EventBody
        {
            Gap = new NodeGapBody(Epoch, 6, 89, 84, "the outbox's disk budget is used up"),
        }),
        ["node.gap.ranges"] = Message(91, Noon.AddMinutes(4), 241_250_000_000, EventKind.NodeGap, null, new EventBody
        {
            Gap = new NodeGapBody(
                Epoch, 6, 89, 12, "the outbox's disk budget is used up", [new SeqRange(6, 15), new SeqRange(88, 89)]),
        }),
        ["node.health.losses"] = Message(92, Noon.AddMinutes(2), 121_250_000_000, EventKind.NodeHealth, null, new EventBody
        {
            Health = new NodeHealthBody(
                121.25, 3, [new CameraHealth("gate-1", true, 3000, 12, 600, 25, 7, 9, 1)], new NodeLosses(17, 64, 84, 5, 300),
                true, ["plate list stolen: lists/stolen.csv is empty; nobody is looked for"]),
        }),
        ["plate.read.new"] = Message(
            6, Noon.AddMilliseconds(250), 1_500_000_000, EventKind.PlateRead, "gate-2", new EventBody
            {
                Plate = Plate with
                {
                    Rows = 2,
                    Box = [612, 401, 88, 44],
                    Corners = [612, 403, 699, 401, 700, 443, 613, 445],
                    Candidates = [new PlateCandidate("LEB4B21", 0.021f)],
                },
            }, PassagePhase.New),
        ["plate.read.end"] = Message(7, Noon.AddSeconds(9), 10_250_000_000, EventKind.PlateRead, "gate-2", new EventBody
        {
            Plate = new PlateReadBody(
                "XQ7", 0.5f, [0.75f, 0.5f, 1], 1, [12, 22, 64, 20], [12, 22, 76, 22, 76, 42, 12, 42], 250, 2, Models,
                FrameAt: Noon.AddSeconds(8), Reason: "left"),
        }, PassagePhase.End, rev: 2),
        ["plate.hit.new"] = Message(
            8, Noon.AddMilliseconds(250), 1_500_000_000, EventKind.PlateHit, "gate-2", new EventBody
            {
                Plate = Plate,
                Hit = new PlateHitBody(
                    "stolen", "0123456789ab", "case 4711", "LEB482I", "confusion", 0.925f, 0.875f, 0.0001,
                    new Guid("019c2f00-0000-7000-8000-0000000000dd"), 2),
            }, PassagePhase.New),
    };

    public static TheoryData<string> EventNames => [.. Events.Keys];

    [Theory]
    [MemberData(nameof(EventNames))]
    public void Write_Event_IsTheGolden(string name) => AssertJson(Golden(name), WireJson.Write(Events[name]));

    [Theory]
    [MemberData(nameof(EventNames))]
    public void TryReadEvent_Golden_LosesNothing(string name)
    {
        var read = WireJson.TryReadEvent(Golden(name), out var error);

        Assert.Equal("", error);
        AssertJson(Golden(name), WireJson.Write(read!));
    }

    // 10,000 vehicles a day and camera with two to three messages each: 700 bytes are 1.6 kbit/s a camera.
    [Fact]
    public void Write_TypicalPlateRead_IsBelow700Bytes() =>
        Assert.InRange(WireJson.Write(Events["plate.read.new"] with { Seq = 1_234_567, Mono = 86_400_000_000_000 }).Length, 600, 699);

    [Fact]
    public void Write_LargestPlateHit_IsBelow1500Bytes()
    {
        var text = new string('W', PlateReadBody.MaxCharacters);
        var name = new string('n', 63);
        var largest = Plate with
        {
            Text = text,
            Characters = [.. text.Select(_ => 0.99f)],
            Box = [3840, 2160, 3840, 2160],
            Corners = [3840, 2160, 3840, 2160, 3840, 2160, 3840, 2160],
            Candidates = [.. Enumerable.Repeat(new PlateCandidate(text, 0.123f), PlateReadBody.MaxCandidates)],
            FrameAt = Noon.AddMilliseconds(1),
            Reason = "restart",
        };
        var hit = Events["plate.hit.new"] with { Node = name, Camera = name };

        hit = hit with { Body = hit.Body with { Plate = largest } };

        Assert.InRange(WireJson.Write(hit).Length, 1000, 1500);
    }

    [Fact]
    public void Write_Ack_IsTheGolden()
    {
        var ack = new Ack(1, "node-7", [Id(1), Id(2)]);

        AssertJson(Golden("ack"), WireJson.Write(ack));
        Assert.Equal(ack.Ids, WireJson.TryReadAck(Golden("ack"), out _)!.Ids);
    }

    // The digests are sha256sum's, of the three bytes "abc" and of none.
    [Fact]
    public void Write_AckThatRefuses_IsTheGolden()
    {
        var ack = new Ack(
            1, "node-7", [], PackedMessages.Version,
            Refused:
            [
                new AckRefusal(AckRefusal.DigestOf("abc"u8), AckRefusal.Identity),
                new AckRefusal(AckRefusal.DigestOf([]), AckRefusal.Unreadable),
            ]);

        AssertJson(Golden("ack.refused"), WireJson.Write(ack));
        var read = WireJson.TryReadAck(Golden("ack.refused"), out _)!;
        Assert.True(read.Refused![0].Names(AckRefusal.DigestOf("abc"u8)));
        Assert.False(read.Refused[1].Names(AckRefusal.DigestOf("abc"u8)));
    }

    [Fact]
    public void Write_CropChunk_IsTheGolden()
    {
        // The first bytes of a JPEG file; their Base64 is "/9j/4AAQ" (coreutils' base64).
        var chunk = new CropChunk(1, Crop, "node-7", Id(1), 1, 2, [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10]);

        AssertJson(Golden("crop"), WireJson.Write(chunk));
        Assert.Equal(chunk.Data, WireJson.TryReadChunk(Golden("crop"), out _)!.Data);
    }

    [Fact]
    public void Write_Command_IsTheGolden()
    {
        var command = new NodeCommand(
            1, Id(1), "node-7", Noon, "resend", [new EpochRange(Epoch, 1, 500), new EpochRange(Epoch, 600, 600)]);

        AssertJson(Golden("command.resend"), WireJson.Write(command));
        Assert.Equal(command.Ranges, WireJson.TryReadCommand(Golden("command.resend"), out _)!.Ranges);
    }

    [Fact]
    public void Write_Status_IsTheGolden()
    {
        var status = new NodeStatus(1, true, [new HeldRange(Epoch, 7, 90)]);

        AssertJson(Golden("status.online"), WireJson.Write(status));
        Assert.Equal(status.Held, WireJson.TryReadStatus(Golden("status.online"), out _)!.Held);
    }

    [Fact]
    public void Write_FirstStatusOfAConnection_IsTheGolden()
    {
        var status = new NodeStatus(1, true, [new HeldRange(Epoch, 7, 90)], Id(3), Noon);

        AssertJson(Golden("status.opening"), WireJson.Write(status));
        var read = WireJson.TryReadStatus(Golden("status.opening"), out _)!;
        Assert.Equal((Id(3), Noon), (read.Run, read.At));
    }

    [Fact]
    public void Write_CommandToRenumber_IsTheGolden()
    {
        var command = new NodeCommand(1, Id(1), "node-7", Noon, NodeCommand.Renumber, [new EpochRange(Epoch, 1, 500)]);

        AssertJson(Golden("command.renumber"), WireJson.Write(command));
        Assert.Equal(command.Ranges, WireJson.TryReadCommand(Golden("command.renumber"), out _)!.Ranges);
    }

    [Fact]
    public void TryReadEvent_FieldsOfALaterBuild_AreIgnored()
    {
        var later = JsonNode.Parse(Golden("face.match.new"))!;
        later["weather"] = "rain";
        later["body"]!["later"] = new JsonObject { ["x"] = 1 };
        later["body"]!["face"]!["age"] = 40;

        var read = WireJson.TryReadEvent(Encoding.UTF8.GetBytes(later.ToJsonString()), out var error);

        Assert.Equal("", error);
        AssertJson(Golden("face.match.new"), WireJson.Write(read!));
    }

    private static EventEnvelope Message(
        int number, DateTimeOffset at, long mono, EventKind kind, string? camera, EventBody body,
        PassagePhase? phase = null, int rev = 0) => new()
        {
            Id = Id(number),
            Node = "node-7",
            Camera = camera,
            Epoch = Epoch,
            Seq = number,
            At = at,
            Mono = mono,
            Kind = kind,
            Passage = phase is null ? null : Passage,
            Phase = phase,
            Rev = rev,
            Body = body,
        };

    private static Guid Id(int number) => new($"019c2f00-0000-7000-8000-{number:D12}");

    private static byte[] Golden(string name) =>
        File.ReadAllBytes(Repository.Path("tests", "Wire", "Golden", name + ".json"));

    private static void AssertJson(byte[] expected, byte[] actual) => Assert.True(
        JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)),
        $"expected {Encoding.UTF8.GetString(expected)}\nbut was {Encoding.UTF8.GetString(actual)}");
}
