using System.Text;
using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

public sealed class InboxTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly CenterStore _store;
    private readonly CenterState _state = new();
    private readonly StringWriter _printed = new();
    private readonly List<Ack> _acks = [];
    private readonly List<AckRefusal> _refused = [];
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly Guid _passage = Guid.CreateVersion7();

    private readonly Inbox _inbox;

    public InboxTests()
    {
        _store = CenterStore.Open(_temp.File("center.db"));
        _inbox = new Inbox(
            _store, _state, new AlertPrinter(_printed, json: false, TimeProvider.System), NullLogger.Instance,
            TimeProvider.System);
    }

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Run_Event_IsStoredPrintedAndAcknowledged()
    {
        var face = Face(1);
        await Receive(Message(face));
        Assert.Equal(1, Count("message"));
        Assert.Equal(["gate-1"], _acks.Select(ack => ack.Node));
        Assert.Equal([face.Id], _acks.Single().Ids);
        Assert.Contains("ALERT  Ann Example", Assert.Single(Lines()));
    }

    [Fact]
    public async Task Run_Duplicate_IsAcknowledgedAgainButPrintedOnce()
    {
        var face = Face(1);
        await Receive(Message(face));
        await Receive(Message(face));
        Assert.Equal(2, _acks.Count);
        Assert.Single(Lines());
        Assert.Equal((1L, 1L), (_state.Stored, _state.Duplicates));
    }

    [Fact]
    public async Task Run_NodeOtherThanTopic_IsRefusedAndTheNextIsStored()
    {
        var next = Face(1);
        await Receive(new MqttMessage(Topics.Event("gate-2"), WireJson.Write(Face(9)), false), Message(next));
        Assert.Equal([next.Id], Assert.Single(_acks).Ids);
        Assert.Equal(1, Count("message"));
        Assert.Equal(1, _state.Refused);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    [InlineData("""{"v":2}""")]
    public async Task Run_NoEvent_IsRefusedAndTheNextIsStored(string text)
    {
        await Receive(new MqttMessage(Topics.Event("gate-1"), Encoding.UTF8.GetBytes(text), false), Message(Face(1)));
        Assert.Equal(1, Count("message"));
        Assert.Equal(1, _state.Refused);
    }

    // Each change makes a well-formed event one that would spoil the database, the page or the terminal.
    [Theory]
    [InlineData("\"kind\":\"face.match\"", "\"kind\":99")]
    [InlineData("\"phase\":\"new\"", "\"phase\":7")]
    [InlineData("\"similarity\":0.71", "\"similarity\":1e99")]
    [InlineData("\"camera\":\"door\"", "\"camera\":\"../door\"")]
    [InlineData("\"seq\":1", "\"seq\":0")]
    [InlineData("\"rev\":0", "\"rev\":-1")]
    [InlineData("\"phase\":\"new\",", "")]
    [InlineData("\"box\":[10,20,80,90]", "\"box\":[10]")]
    public async Task Run_EventOutOfBounds_IsRefused(string sound, string unsound)
    {
        var text = Encoding.UTF8.GetString(WireJson.Write(Face(1)));
        Assert.Contains(sound, text);
        await Receive(
            new MqttMessage(Topics.Event("gate-1"), Encoding.UTF8.GetBytes(text.Replace(sound, unsound)), false));
        Assert.Equal(0, Count("message"));
        Assert.Equal(1, _state.Refused);
        Assert.Empty(_acks);
    }

    [Theory]
    [InlineData(0, 4, 3)]
    [InlineData(4, 2, 3)]
    [InlineData(1, 4, -1)]
    [InlineData(1, long.MaxValue, long.MaxValue)] // two of these can't be added up
    public async Task Run_ImpossibleGap_IsRefused(long first, long last, long count)
    {
        var gap = new EventBody { Gap = new NodeGapBody(_epoch, first, last, count, "disk full") };
        await Receive(Message(Events.Node("gate-1", _epoch, 1, EventKind.NodeGap, gap)));
        Assert.Equal((0, 1L), (Count("message"), _state.Refused));
    }

    [Fact]
    public async Task Run_RetainedEventOrCrop_IsRefused()
    {
        var (id, face) = (Guid.CreateVersion7(), Face(1));
        await Receive(
            Message(face) with { Retained = true }, Chunk(id, face.Id, 0, [0xFF]) with { Retained = true });
        Assert.Equal((0, 2L), (Count("message"), _state.Refused));
        Assert.Empty(_acks);
    }

    // The broker forgets what is acknowledged to it: not before it is readable by others, and never what was not stored.
    [Fact]
    public async Task Run_EachMessage_IsDoneWithForTheBrokerAfterItsCommit()
    {
        var stored = new List<int>();
        MqttMessage Counted(MqttMessage message) => message with { Acknowledged = () => stored.Add(Count("message")) };
        var refused = new MqttMessage(Topics.Event("gate-1"), "{"u8.ToArray(), false);

        await Receive(Counted(Message(Face(1))), Counted(refused), Counted(Message(Face(2, PassagePhase.End, 1))));

        Assert.Equal([2, 2, 2], stored);
    }

    // What the node's outbox writes after it was set aside as damaged.
    [Fact]
    public async Task Run_GapOfUnknownExtent_IsStoredShownAndAcknowledged()
    {
        var gap = new EventBody { Gap = new NodeGapBody(_epoch, 0, 0, 0, "the outbox was damaged") };
        await Receive(Message(Events.Node("gate-1", _epoch, 1, EventKind.NodeGap, gap)));
        Assert.Single(_acks);
        Assert.Equal(1, Assert.Single(_store.Reader.Nodes()).UnknownGaps);
        Assert.Contains("GAP    unknown number of events lost: the outbox was damaged", Assert.Single(Lines()));
    }

    [Fact]
    public async Task Run_StandardOutputFails_IsLoggedOnceAndAllIsAcknowledged()
    {
        var log = new LogLines();
        var inbox = new Inbox(
            _store, _state, new AlertPrinter(new FullDisk(), json: false, TimeProvider.System), log,
            TimeProvider.System);
        await Receive(inbox, Message(Face(1)));
        await Receive(inbox, Message(Face(2, PassagePhase.End, 1)));
        Assert.Equal(2, _acks.Count);
        Assert.Equal(2, _state.Stored);
        Assert.Contains("No space left", Assert.Single(log.Lines));
    }

    [Fact]
    public async Task Run_Printing_ComesAfterTheAcknowledgment()
    {
        var acksBefore = new List<int>();
        var output = new CallbackWriter(() => acksBefore.Add(_acks.Count));
        var inbox = new Inbox(
            _store, _state, new AlertPrinter(output, json: false, TimeProvider.System), NullLogger.Instance,
            TimeProvider.System);
        await Receive(inbox, Message(Face(1)));
        Assert.Equal([1], acksBefore);
    }

    [Theory]
    [InlineData("message")] // found by the commit
    [InlineData("crop")] // found by the look whether a crop is there
    public async Task Run_DatabaseUnusable_EndsWithWhatToDo(string table)
    {
        // A table that is gone stands for a damaged database: an error that no second attempt mends.
        using var other = new SqliteConnection($"Data Source={_temp.File("center.db")};Pooling=False");
        other.Open();
        other.Execute($"DROP TABLE {table}");
        var (id, face) = (Guid.CreateVersion7(), Face(1));
        var acknowledged = 0;
        var message = table == "crop" ? Chunk(id, face.Id, 0, [0xFF]) : Message(face);
        var error = await Assert.ThrowsAsync<PicketException>(
            () => Receive(message with { Acknowledged = () => acknowledged++ }));
        Assert.StartsWith($"database {_temp.File("center.db")}: ", error.Message);
        Assert.Contains("check the disk", error.Message);
        Assert.Equal(ExitCode.Failed, error.ExitCode);
        Assert.Empty(_acks);
        Assert.Equal(0, acknowledged);
    }

    [Fact]
    public async Task Run_FieldOfALaterVersion_IsKept()
    {
        var text = Encoding.UTF8.GetString(WireJson.Write(Face(1)))
            .Replace("\"body\":{", "\"body\":{\"gait\":{\"steps\":3},");
        await Receive(new MqttMessage(Topics.Event("gate-1"), Encoding.UTF8.GetBytes(text), false));
        Assert.Equal(3, Scalar<long>("SELECT body ->> '$.gait.steps' FROM message"));
    }

    // A node of a later build: were its event refused, it would wait for the acknowledgment for ever.
    [Fact]
    public async Task Run_KindOfALaterBuild_IsStoredShownAndAcknowledged()
    {
        var later = Later("smoke.seen", """{"face":7,"smoke":{"density":0.5}}""");
        await Receive(later, Message(Face(2)));
        Assert.Equal(2, Assert.Single(_acks).Ids.Length);
        Assert.Equal("smoke.seen", Scalar<string>("SELECT kind FROM message WHERE seq = 1"));
        Assert.Equal(0.5, Scalar<double>("SELECT body ->> '$.smoke.density' FROM message WHERE seq = 1"));
        Assert.Contains("smoke.seen", Lines()[0]);
        Assert.Equal(0, _state.Refused);
    }

    [Fact]
    public async Task Run_KindOfALaterBuildTwice_IsStoredOnceAndAcknowledgedTwice()
    {
        var later = Later("smoke.seen", "{}");
        await Receive(later);
        await Receive(later);
        Assert.Equal((1, 2), (Count("message"), _acks.Count));
    }

    [Theory]
    [InlineData("smoke.seen", "7")] // a body is an object
    [InlineData("SMOKE", "{}")]
    [InlineData("smoke seen", "{}")]
    [InlineData("smoke.seen", "{\"a\":[[[[[[[[[[1]]]]]]]]]]}")]
    [InlineData("smoke.seen", "{\"a\":\"\\ud800\"}")] // half a surrogate pair is no text
    [InlineData("smoke.seen", "{\"\\udc00\":1}")]
    [InlineData("plate.read", "{\"plate\":{}}")] // known: must be as it is known
    public async Task Run_KindOfALaterBuildUnsound_IsRefused(string kind, string body)
    {
        await Receive(Later(kind, body));
        Assert.Equal((0, 1L), (Count("message"), _state.Refused));
        Assert.Empty(_acks);
    }

    [Fact]
    public async Task Run_KindOfALaterBuildAsJson_IsPrintedWholeOnOneLine()
    {
        var printed = new StringWriter();
        var inbox = new Inbox(
            _store, _state, new AlertPrinter(printed, json: true, TimeProvider.System), NullLogger.Instance,
            TimeProvider.System);
        await Receive(inbox, Later("smoke.seen", "{\n\"smoke\": 1\n}"));
        var line = Assert.Single(printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("\"body\":{\"smoke\":1}", line);
    }

    [Fact]
    public async Task Run_PlateOnAList_IsPrintedAsAnAlertWithoutTheWholePlate()
    {
        await Receive(
            Message(Events.Plate("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0)),
            Message(Events.Plate("gate-1", _epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true)));
        var line = Assert.Single(Lines());
        Assert.Contains("ALERT  LE****1", line);
        Assert.Contains("stolen: case 4711, exact, score 0.97 (threshold 0.33)", line);
        Assert.DoesNotContain("LEB4821", line);
    }

    [Fact]
    public async Task Run_PlateWithoutAPassage_IsRefused()
    {
        var plate = Events.Plate("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
        await Receive(Message(plate with { Passage = null, Phase = null }));
        Assert.Equal((0, 1L), (Count("message"), _state.Refused));
    }

    [Fact]
    public async Task Run_NameWithEscapeSequences_IsPrintedWithoutThem()
    {
        await Receive(
            Message(Events.Face("gate-1", _epoch, 1, _passage, PassagePhase.New, 0, "\u001b[2JAnn\r\nALERT \u202e")));
        Assert.Contains("?[2JAnn??ALERT ?", Assert.Single(Lines()));
    }

    [Fact]
    public async Task Run_WholePassage_PrintsComingAndGoing()
    {
        await Receive(
            Message(Face(1)), Message(Face(2, PassagePhase.Update, 1)), Message(Face(3, PassagePhase.End, 2)));
        Assert.Collection(Lines(), line => Assert.Contains("ALERT", line), line => Assert.Contains("(left)", line));
    }

    [Fact]
    public async Task Run_ManyEvents_AreAcknowledgedInMessagesWithinTheLimit()
    {
        await Receive([.. Enumerable.Range(1, 300).Select(seq =>
            Message(Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0)))]);
        Assert.Equal([256, 44], _acks.Select(ack => ack.Ids.Length)); // Ack.MaxIds is 256
        Assert.Equal(300, Count("message"));
    }

    [Fact]
    public async Task Run_CropInChunks_IsStoredAndAcknowledgedOnceWhole()
    {
        var (id, face) = (Guid.CreateVersion7(), Face(1));
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 7, 7, 0xFF, 0xD9];
        await Receive(Message(face), Chunk(id, face.Id, 0, jpeg[..4]));
        Assert.DoesNotContain(id, _acks.SelectMany(ack => ack.Ids));
        await Receive(Chunk(id, face.Id, 1, jpeg[4..]));
        Assert.Equal([id], _acks[^1].Ids);
        Assert.Equal(jpeg, Scalar<byte[]>("SELECT jpeg FROM crop"));
        await Receive(Chunk(id, face.Id, 0, jpeg[..4]));
        Assert.Equal([id], _acks[^1].Ids);
    }

    [Fact]
    public async Task Run_CropOnTheTopicOfAnotherNode_IsRefused()
    {
        var id = Guid.CreateVersion7();
        var chunk = new CropChunk(1, id, "gate-1", Guid.CreateVersion7(), 0, 1, [0xFF, 0xD8, 0xFF, 0xFF, 0xD9]);
        await Receive(new MqttMessage(Topics.Crop("gate-2"), WireJson.Write(chunk), false));
        Assert.Equal((0, 1L), (Count("crop"), _state.Refused));
    }

    [Fact]
    public async Task Run_Status_SaysWhoIsOnline()
    {
        await Receive(
            new MqttMessage(Topics.Status("gate-1"), "online"u8.ToArray(), true),
            new MqttMessage(Topics.Status("gate-2"), "offline"u8.ToArray(), true),
            new MqttMessage(Topics.Status("gate-3"), "perhaps"u8.ToArray(), true));
        Assert.Equal(
            (true, false, null), (_state.IsOnline("gate-1"), _state.IsOnline("gate-2"), _state.IsOnline("gate-3")));
    }

    [Fact]
    public async Task Run_DatabaseLocked_AcknowledgesNothingUntilItIsStored()
    {
        // Another writer that holds the database stands for a disk that does not take a commit (both are "try again
        // later").
        using var other = new SqliteConnection($"Data Source={_temp.File("center.db")};Pooling=False");
        other.Open();
        other.Execute("BEGIN IMMEDIATE");
        var inbox = Receive(Message(Face(1)));
        Assert.Empty(_acks);
        other.Execute("COMMIT");
        await inbox;
        Assert.Single(_acks);
    }

    private EventEnvelope Face(long seq, PassagePhase phase = PassagePhase.New, int rev = 0) =>
        Events.Face("gate-1", _epoch, seq, _passage, phase, rev);

    private static MqttMessage Message(EventEnvelope envelope) =>
        new(Topics.Event(envelope.Node), WireJson.Write(envelope), false);

    private static MqttMessage Chunk(Guid id, Guid @event, int index, byte[] data) =>
        new(Topics.Crop("gate-1"), WireJson.Write(new CropChunk(1, id, "gate-1", @event, index, 2, data)), false);

    private MqttMessage Later(string kind, string body)
    {
        var text = Encoding.UTF8.GetString(WireJson.Write(Face(1)));
        text = text[..text.IndexOf("\"body\":", StringComparison.Ordinal)].Replace("face.match", kind)
            + $"\"body\":{body}}}";
        return new(Topics.Event("gate-1"), Encoding.UTF8.GetBytes(text), false);
    }

    private Task Receive(params MqttMessage[] messages) => Receive(_inbox, messages);

    private async Task Receive(Inbox inbox, params MqttMessage[] messages)
    {
        var channel = Channel.CreateUnbounded<MqttMessage>();
        foreach (var message in messages) channel.Writer.TryWrite(message);
        channel.Writer.Complete();
        await inbox.RunAsync(channel.Reader, Acknowledge, CancellationToken.None);
    }

    private Task Acknowledge(Ack ack)
    {
        // What is acknowledged is readable by others: it is committed.
        Assert.All(ack.Ids, id => Assert.Equal(1, Scalar<long>(
            "SELECT (SELECT COUNT(*) FROM message WHERE id = @id) + (SELECT COUNT(*) FROM crop WHERE id = @id)",
            new { id = CenterStore.Bytes(id) })));
        if (ack.Refused is null) _acks.Add(ack);
        else _refused.AddRange(ack.Refused);
        return Task.CompletedTask;
    }

    private string[] Lines() => _printed.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private int Count(string table) => (int)Scalar<long>($"SELECT COUNT(*) FROM {table}");

    private T? Scalar<T>(string sql, object? arguments = null)
    {
        using var connection = new SqliteConnection($"Data Source={_temp.File("center.db")};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<T>(sql, arguments);
    }

    /// <summary>Standard output redirected to a file on a full disk.</summary>
    private sealed class FullDisk : StringWriter
    {
        public override void Flush() => throw new IOException("No space left on device");
    }

    private sealed class CallbackWriter(Action written) : StringWriter
    {
        public override void WriteLine(string? value) => written();
    }
}
