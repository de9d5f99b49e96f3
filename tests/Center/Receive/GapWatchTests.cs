using Microsoft.Extensions.Time.Testing;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

public sealed class GapWatchTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly TempFolder _temp = new();
    private readonly CenterStore _store;
    private readonly CenterState _state = new();
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly LogLines _log = new();
    private readonly List<NodeCommand> _sent = [];
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly GapWatch _watch;

    public GapWatchTests()
    {
        _store = CenterStore.Open(_temp.File("center.db"));
        _watch = new GapWatch(_store, _state, _log, _time, Grace);
    }

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Turn_AllStored_AsksNothing()
    {
        await Store(1, 2, 3);
        await Tell(1, 3);
        await Later(Grace * 100);
        Assert.Empty(_sent);
        Assert.Equal((0, 0), (Node.Awaited, Node.Missing));
    }

    // Nothing arrives in order: as long as something comes, nothing is asked for.
    [Fact]
    public async Task Turn_HolesThatFill_AsksNothing()
    {
        await Store(5);
        await Tell(1, 5);
        foreach (var seq in new[] { 2, 4, 1, 3 })
        {
            await Store(seq);
            await Later(Grace);
        }
        await Later(Grace);
        Assert.Empty(_sent);
        Assert.Equal(0, Node.Awaited);
    }

    [Fact]
    public async Task Turn_HeldAndNothingComes_AsksForExactlyThatAfterTheGrace()
    {
        await Store(1, 2, 5, 9);
        await Tell(1, 10);
        Assert.Equal(6, Node.Awaited);
        await Later(Grace - TimeSpan.FromSeconds(1));
        Assert.Empty(_sent);
        await Later(TimeSpan.FromSeconds(1));
        var command = Assert.Single(_sent);
        Assert.Equal(("gate-1", NodeCommand.Resend), (command.Node, command.Kind));
        Assert.Equal([new(_epoch, 3, 4), new(_epoch, 6, 8), new(_epoch, 10, 10)], command.Ranges!);
        Assert.Equal(0, Node.Missing);
    }

    // The center's database is new: it knows of no epoch.
    [Fact]
    public async Task Turn_NothingStored_AsksForAllThatIsHeld()
    {
        await Tell(40, 90);
        await Later(Grace);
        Assert.Equal([new(_epoch, 40, 90)], Assert.Single(_sent).Ranges!);
    }

    [Fact]
    public async Task Turn_NodeThatNeverSends_IsAskedLessAndLess()
    {
        await Store(2);
        await Tell(1, 2);
        for (var second = 0; second < 3600; second++) await Later(TimeSpan.FromSeconds(1));
        // After 10 s, then 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600 s later: 3,040 s for eleven of them.
        Assert.InRange(_sent.Count, 10, 12);
    }

    [Fact]
    public async Task Turn_SameWordAgainAndAgain_IsNoReasonToAskMore()
    {
        await Store(2);
        for (var minute = 0; minute < 60; minute++)
        {
            await Tell(1, 2);
            await Later(TimeSpan.FromMinutes(1));
        }
        Assert.InRange(_sent.Count, 1, 12);
    }

    [Fact]
    public async Task Turn_NodeOffline_IsNotAsked()
    {
        await Tell(1, 2);
        _state.SetStatus("gate-1", online: false, held: null);
        await Later(Grace * 10);
        Assert.Empty(_sent);
    }

    [Fact]
    public async Task Turn_MoreHolesThanFit_AsksForTheRestWhenTheseAreFilled()
    {
        await Store([.. Enumerable.Range(1, 60).Select(n => 2 * n)]);
        await Tell(1, 120);
        await Later(Grace);
        Assert.Equal(NodeCommand.FittingRanges, _sent[0].Ranges!.Length);
        Assert.True(WireJson.Write(_sent[0]).Length <= NodeCommand.MaxBytes);
        await Store([.. _sent[0].Ranges!.Select(range => (int)range.From)]);
        await Later(Grace);
        await Later(Grace);
        Assert.Equal(60 - NodeCommand.FittingRanges, _sent[1].Ranges!.Length);
    }

    [Fact]
    public async Task Turn_LowWaterPassedAHole_IsMissingShownAndNotAskedFor()
    {
        await Store(1, 2, 8);
        await Tell(6, 8);
        await Later(Grace);
        Assert.Equal((2, 3), (Node.Awaited, Node.Missing)); // 6, 7; 3, 4, 5
        Assert.Equal([new(_epoch, 6, 7)], Assert.Single(_sent).Ranges!);
        Assert.Contains(_log.Lines, line => line.Contains("3 events never came"));
        await Store(3, 4, 5, 6, 7); // carried by hand
        await Tell(9, 8);
        Assert.Equal((0, 0), (Node.Awaited, Node.Missing));
    }

    [Fact]
    public async Task Turn_DeclaredLost_IsNeitherMissingNorAskedFor()
    {
        await Store(1, 10);
        var gap = new NodeGapBody(_epoch, 2, 8, 5, "budget", [new(2, 4), new(7, 8)]);
        await _store.CommitAsync(
            [Events.Node("gate-1", _epoch, 11, EventKind.NodeGap, new EventBody { Gap = gap }).Received()], [], Events.Noon);
        await Tell(6, 11);
        await Later(Grace);
        Assert.Equal((2, 1), (Node.Awaited, Node.Missing)); // 6, 9; 5
        Assert.Equal([new(_epoch, 6, 6), new(_epoch, 9, 9)], Assert.Single(_sent).Ranges!);
        Assert.Equal(5, Node.Lost);
    }

    // More declared holes than are read at a time, and behind them what a database that was restored has lost.
    [Fact]
    public async Task Turn_HolesBehindAThousandDeclaredOnes_AreAskedFor()
    {
        await Store([.. Enumerable.Range(1, 1300).Select(n => 2 * n)]); // each odd one is missing, from 1 to 2599
        var declared = Enumerable.Range(0, 1299).Chunk(64).Select((ns, i) => Events.Node(
            "gate-1", _epoch, 3000 + i, EventKind.NodeGap,
            new EventBody
            {
                Gap = new NodeGapBody(
                    _epoch, 2 * ns[0] + 1, 2 * ns[^1] + 1, ns.Length, "budget", [.. ns.Select(n => new SeqRange(2 * n + 1, 2 * n + 1))]),
            }).Received()).ToArray();
        await _store.CommitAsync(declared, [], Events.Noon);
        await Tell(2599, 2600);
        await Later(Grace);
        Assert.Equal([new(_epoch, 2599, 2599)], Assert.Single(_sent).Ranges!.Take(1));
    }

    // A standby took over that had not got the last of it; newer events have come since.
    [Theory]
    [InlineData(5)]
    [InlineData(15)]
    public async Task Turn_DatabaseSetBackWhileRunning_AsksForWhatItLost(int newest)
    {
        await Store([.. Enumerable.Range(1, 10)]);
        await Tell(1, 10);
        await Later(Grace * GapWatch.RecheckGraces);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_temp.File("center.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM message WHERE seq > 5; UPDATE node_state SET max_seq = 5, messages = 5";
            command.ExecuteNonQuery();
        }
        if (newest > 10) await Store([.. Enumerable.Range(11, newest - 10)]);
        await Later(Grace * GapWatch.RecheckGraces);
        await Later(Grace * GapWatch.RecheckGraces);
        Assert.Equal([new(_epoch, 6, 10)], _sent[0].Ranges!);
    }

    // More nodes than fit into a turn, all of them always with something to look at.
    [Fact]
    public async Task Turn_ManyNodesAwaited_EachHasItsTurn()
    {
        var nodes = Enumerable.Range(1, 300).Select(i => $"gate-{i}").ToArray();
        for (var turn = 0; turn < 40; turn++)
        {
            foreach (var node in nodes) _state.SetStatus(node, true, [new HeldRange(_epoch, 1, 10 + turn)]);
            await Later(Grace);
        }
        Assert.Equal(nodes.Order(), _sent.Select(command => command.Node).Distinct().Order());
    }

    // The node said it three days ago; then the database was lost, and now the node's next event comes.
    [Fact]
    public async Task Turn_MoreCameThanWasSaidToBeHeld_AsksForAllBelowIt()
    {
        await Tell(1, 100);
        await Later(Grace);
        Assert.Equal([new(_epoch, 1, 100)], _sent[^1].Ranges!);
        await Store(5001);
        await Later(Grace * 2);
        await Later(Grace * 4);
        Assert.Equal([new(_epoch, 1, 5000)], _sent[^1].Ranges!);
    }

    // Alerts pass reads: at any moment some numbers are not here yet.
    [Fact]
    public async Task Turn_EventsOutOfOrderWithoutEnd_AsksNothing()
    {
        await Store(1);
        await Tell(1, 1);
        for (var seq = 2; seq < 200; seq += 2)
        {
            await Store(seq + 1);
            await Later(Grace * GapWatch.RecheckGraces);
            await Store(seq);
            await Later(Grace);
        }
        Assert.Empty(_sent);
    }

    [Fact]
    public async Task Turn_EpochThatIsHeldNoMore_ItsHolesAreMissing()
    {
        await Store(1, 4);
        await Tell(1, 5);
        Assert.Equal(3, Node.Awaited);
        var next = Guid.CreateVersion7();
        _state.SetStatus("gate-1", true, [new HeldRange(next, 1, 0)]);
        await Later(TimeSpan.Zero);
        Assert.Equal((0, 3), (Node.Awaited, Node.Missing)); // 2, 3, 5
    }

    // Whatever it is that goes wrong about one node: here numbers that got in where the wire does not look.
    [Fact]
    public async Task Turn_OneNodeCanNotBeComputed_TheOthersAreCompared()
    {
        _state.SetStatus("broken", true, [.. Enumerable.Range(0, 2).Select(_ => new HeldRange(Guid.CreateVersion7(), 1, long.MaxValue))]);
        await Store(2);
        await Tell(1, 2);
        await Later(Grace);
        Assert.Equal("gate-1", Assert.Single(_sent).Node);
        Assert.Contains(_log.Lines, line => line.Contains("node broken"));
    }

    [Fact]
    public async Task Turn_NodeThatIsNotOnTheList_IsForgotten()
    {
        var watch = new GapWatch(_store, _state, _log, _time, Grace, node => node != "gate-1");
        _state.SetStatus("gate-1", true, [new HeldRange(_epoch, 1, 9)]);
        await watch.TakeTurnAsync(_ => Task.CompletedTask, CancellationToken.None);
        Assert.Empty(_state.KnownNodes);
        Assert.Empty(_store.Reader.Nodes());
    }

    private NodeRow Node => Assert.Single(_store.Reader.Nodes());

    private Task Store(params int[] seqs) => _store.CommitAsync(
        [.. seqs.Select(seq => Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0).Received())],
        [], Events.Noon);

    private Task Tell(long low, long high)
    {
        _state.SetStatus("gate-1", online: true, [new HeldRange(_epoch, low, high)]);
        return Later(TimeSpan.Zero);
    }

    private async Task Later(TimeSpan time)
    {
        _time.Advance(time);
        await _watch.TakeTurnAsync(
            command =>
            {
                _sent.Add(command);
                return Task.CompletedTask;
            },
            CancellationToken.None);
    }
}
