using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Picket.Center.Receive;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

public sealed class ReceiveLanesTests
{
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly LogLines _log = new();
    private readonly ReceiveLanes _lanes;

    public ReceiveLanesTests() => _lanes = new ReceiveLanes(_log, _time);

    [Fact]
    public void Add_OneNodeWithoutEnd_DropsItsOwnAndNobodyElses()
    {
        for (var i = 0; i < 100_000; i++) _lanes.Add(Event("flood", 100));
        for (var i = 0; i < 90; i++) _lanes.Add(Event("gate-1", 700)); // a window of 64 kB
        var read = ReadAll();
        Assert.Equal(ReceiveLanes.MaxMessages, read.Count(message => message.Topic == Topics.Event("flood")));
        Assert.Equal(90, read.Count(message => message.Topic == Topics.Event("gate-1")));
        Assert.Equal(100_000 - ReceiveLanes.MaxMessages, _lanes.Dropped);
        Assert.Equal(0, _lanes.Bytes);
        Assert.Contains("from node flood", Assert.Single(_log.Lines)); // once a second
    }

    [Fact]
    public void Add_DroppedForLongerThanASecond_IsLoggedWithTheNumberSince()
    {
        for (var i = 0; i < ReceiveLanes.MaxMessages + 10; i++) _lanes.Add(Event("flood", 100));
        _time.Advance(TimeSpan.FromSeconds(1));
        _lanes.Add(Event("flood", 100));
        Assert.Equal(["1", "10"], _log.Lines.Select(line => line.Split(' ')[0])); // all but the first wait for the second line
    }

    [Fact]
    public void TryRead_TwoNodes_TakesOneOfEachInTurn()
    {
        for (var i = 0; i < 3; i++) _lanes.Add(Event("gate-1", 10));
        for (var i = 0; i < 2; i++) _lanes.Add(Event("gate-2", 10));
        Assert.Equal(
            ["gate-1", "gate-2", "gate-1", "gate-2", "gate-1"],
            ReadAll().Select(message => Topics.NodeOf(message.Topic)));
    }

    [Fact]
    public void Add_OneNodesMessages_StayInOrder()
    {
        for (var i = 1; i <= 5; i++) _lanes.Add(Event("gate-1", i));
        Assert.Equal([1, 2, 3, 4, 5], ReadAll().Select(message => message.Payload.Length));
    }

    [Fact]
    public void Add_LargestMessagesOfManyNodes_StayWithinTheBytes()
    {
        const int nodes = 500;
        for (var i = 0; i < 40; i++)
        {
            for (var node = 0; node < nodes; node++) _lanes.Add(Event($"gate-{node}", WireJson.MaxMessageBytes));
        }
        // Hand sum: 500 nodes of 64 KiB each fill a share of 128 MiB / 500 = 262 KiB to 4 messages: 125 MiB. The first
        // ones came while the shares were larger.
        Assert.InRange(_lanes.Bytes, nodes * ReceiveLanes.MinShare, ReceiveLanes.MaxBytes + (16 << 20));
        Assert.True(ReadAll().GroupBy(message => message.Topic).Count() == nodes);
    }

    [Fact]
    public void Add_StatusesOfAFloodedNode_OnlyTheNewestWaitsAndIsReadFirst()
    {
        for (var i = 0; i < 1000; i++) _lanes.Add(Event("gate-1", 100));
        _lanes.Add(new MqttMessage(Topics.Status("gate-1"), "online"u8.ToArray(), true));
        _lanes.Add(new MqttMessage(Topics.Status("gate-1"), "offline"u8.ToArray(), true));
        var read = ReadAll();
        Assert.Equal("offline"u8.ToArray(), read[0].Payload);
        Assert.Equal(1, read.Count(message => message.Topic == Topics.Status("gate-1")));
    }

    // Else what nobody reads any more would take the places that the broker gives.
    [Fact]
    public void Add_WhatALaneDoesNotKeep_IsDoneWithForTheBrokerAtOnce()
    {
        var done = 0;
        for (var i = 0; i < ReceiveLanes.MaxMessages + 7; i++)
            _lanes.Add(Event("flood", 10) with { Acknowledged = () => done++ });
        Assert.Equal(7, done);
        for (var i = 0; i < 3; i++)
            _lanes.Add(new MqttMessage(Topics.Status("flood"), "online"u8.ToArray(), true, () => done++));
        Assert.Equal(7 + 2, done);
    }

    [Fact]
    public async Task Fill_SourceEnds_IsReadToTheEndAndEnds()
    {
        var source = Channel.CreateUnbounded<MqttMessage>();
        var filling = _lanes.FillAsync(source.Reader, CancellationToken.None);
        var waiting = _lanes.WaitToReadAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        source.Writer.TryWrite(Event("gate-1", 10));
        Assert.True(await waiting);
        source.Writer.TryWrite(Event("gate-1", 20));
        source.Writer.Complete();
        await filling;
        Assert.Equal([10, 20], ReadAll().Select(message => message.Payload.Length));
        Assert.False(await _lanes.WaitToReadAsync());
    }

    private static MqttMessage Event(string node, int bytes) => new(Topics.Event(node), new byte[bytes], false);

    private List<MqttMessage> ReadAll()
    {
        var read = new List<MqttMessage>();
        while (_lanes.TryRead(out var message)) read.Add(message);
        return read;
    }
}
