using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

/// <summary>What comes packed is checked, stored and acknowledged as what comes alone.</summary>
public sealed class InboxPackedTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly CenterStore _store;
    private readonly CenterState _state = new();
    private readonly List<Ack> _acks = [];
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly Inbox _inbox;

    public InboxPackedTests()
    {
        _store = CenterStore.Open(_temp.File("center.db"));
        _inbox = new Inbox(
            _store, _state, new AlertPrinter(TextWriter.Null, json: false, TimeProvider.System), NullLogger.Instance,
            TimeProvider.System);
    }

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Run_EventAlone_IsAcknowledgedByIdAndLearnsThatThisCenterUnpacks()
    {
        await Receive(Topics.Event("gate-1"), WireJson.Write(Read(1)));

        var ack = Assert.Single(_acks);
        Assert.Equal((1, 1, null), (ack.Ids.Length, ack.Packed, ack.Seqs));
    }

    [Fact]
    public async Task Run_PackedEvents_AreStoredAndAcknowledgedByNumber()
    {
        await Receive(Topics.Event("gate-1"), Packed(Read(1), Read(2), Read(3), Read(7)));

        var ack = Assert.Single(_acks);
        Assert.Equal((_epoch, "gate-1"), (ack.Epoch, ack.Node));
        Assert.Equal([1, 3, 7, 7], ack.Seqs!);
        Assert.Empty(ack.Ids);
        Assert.Equal(4, _state.Stored);
    }

    [Fact]
    public async Task Run_PackedAgain_AreAcknowledgedAgain()
    {
        var packed = Packed(Read(1), Read(2));
        await Receive(Topics.Event("gate-1"), packed);
        await Receive(Topics.Event("gate-1"), packed);

        Assert.All(_acks, ack => Assert.Equal([1, 2], ack.Seqs!));
        Assert.Equal((2, 2L, 2L), (_acks.Count, _state.Stored, _state.Duplicates));
    }

    [Fact]
    public async Task Run_AnotherNodesEventAmongPacked_IsRefusedAloneAndNotAcknowledged()
    {
        var foreign = Events.Plate("gate-2", _epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0);

        await Receive(Topics.Event("gate-1"), Packed(Read(1), foreign, Read(3)));

        Assert.Equal([1, 1, 3, 3], Assert.Single(_acks).Seqs!);
        Assert.Equal((2L, 1L), (_state.Stored, _state.Refused));
    }

    [Fact]
    public async Task Run_PackedChunk_IsTaken()
    {
        var face = Events.Face("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
        var id = Guid.CreateVersion7();
        var chunk = new CropChunk(1, id, "gate-1", face.Id, 0, 1, [0xFF, 0xD8, 0xFF, 0xFF, 0xD9]);
        await Receive(Topics.Event("gate-1"), WireJson.Write(face));

        await Receive(Topics.Crop("gate-1"), PackedMessages.Write(WireJson.Write(chunk)));

        Assert.Equal([id], _acks[1].Ids);
    }

    [Fact]
    public async Task Run_SeveralChunksInOne_AreRefused()
    {
        var id = Guid.CreateVersion7();
        var chunk = new CropChunk(1, id, "gate-1", Guid.CreateVersion7(), 0, 2, [0xFF]);

        await Receive(
            Topics.Crop("gate-1"),
            PackedMessages.Write(WireJson.Write(chunk), WireJson.Write(chunk with { Index = 1 })));

        Assert.Equal(1, _state.Refused);
    }

    [Fact]
    public async Task Run_DamagedPacket_IsRefusedAndTheNextIsStored()
    {
        var damaged = Packed(Read(1));
        damaged.AsSpan(1).Fill(0xFF);

        await Receive(Topics.Event("gate-1"), damaged);
        await Receive(Topics.Event("gate-1"), Packed(Read(2)));

        Assert.Equal([2, 2], Assert.Single(_acks).Seqs!);
        Assert.Equal((1L, 1L), (_state.Stored, _state.Refused));
    }

    private EventEnvelope Read(long seq) =>
        Events.Plate("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0);

    private static byte[] Packed(params EventEnvelope[] events) =>
        PackedMessages.Write([.. events.Select(e => (ReadOnlyMemory<byte>)WireJson.Write(e))]);

    private async Task Receive(string topic, byte[] payload)
    {
        var channel = Channel.CreateUnbounded<MqttMessage>();
        channel.Writer.TryWrite(new MqttMessage(topic, payload, false));
        channel.Writer.Complete();
        await _inbox.RunAsync(channel.Reader, Acknowledge, CancellationToken.None);
    }

    private Task Acknowledge(Ack ack)
    {
        if (ack.Refused is null) _acks.Add(ack);
        return Task.CompletedTask;
    }
}
