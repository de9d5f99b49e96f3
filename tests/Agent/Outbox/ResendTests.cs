using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;
using static Picket.Tests.Agent.Outbox.EventDrafts;

namespace Picket.Tests.Agent.Outbox;

/// <summary>What the center asks for again; expected numbers are hand sums.</summary>
public sealed class ResendTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private OutboxStore _store = null!;

    private CancellationToken Cancel => _limit.Token;

    public Task InitializeAsync()
    {
        _store = OutboxStore.Open(
            _temp.File("state"), "node-1", new OutboxConfig { BudgetBytes = 4 << 20, KeepAcked = TimeSpan.FromDays(1) }, _time,
            NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Resend_AckedRange_IsUnsentAgainWithItsCrops()
    {
        var events = new List<EventEnvelope>();
        for (var i = 0; i < 6; i++) events.Add(await _store.AppendAsync(Alert(crop: [1, 2]), Cancel));
        await _store.MarkAckedAsync([.. events.SelectMany(e => (Guid[])[e.Id, e.Body.Face!.Crop!.Value])], Cancel);
        var rewound = 0;
        _store.Rewound += () => rewound++;

        await _store.ResendAsync([Range(2, 3), Range(5, 5)], Cancel);

        Assert.Equal([2, 3, 5], Pending().Select(e => e.Seq));
        Assert.Equal((3, 1), (_store.Reader.Status().PendingCrops, rewound));
    }

    [Fact]
    public async Task Resend_NumbersNotYetGiven_AreNoGap()
    {
        await _store.AppendAsync(Health(), Cancel);

        await _store.ResendAsync([Range(1, long.MaxValue)], Cancel);

        Assert.Equal([1], Pending().Select(e => e.Seq));
    }

    [Fact]
    public async Task Resend_DeletedRows_AreDeclaredOncePerRangeHoweverOftenAsked()
    {
        await AppendAckedAsync(5);
        await ExpireAsync();
        await AppendAckedAsync(2);

        for (var i = 0; i < 3; i++) await _store.ResendAsync([Range(1, 6)], Cancel);

        var gap = Assert.Single(Pending(), e => e.Kind == EventKind.NodeGap);
        Assert.Equal(
            (_store.Epoch, 1, 5, 5, "no longer held"),
            (gap.Body.Gap!.Epoch, gap.Body.Gap.FirstSeq, gap.Body.Gap.LastSeq, gap.Body.Gap.Count, gap.Body.Gap.Reason));
        // The sixth is there still.
        Assert.Equal([6, gap.Seq], Pending().Select(e => e.Seq));
    }

    [Fact]
    public async Task Resend_DeclaredAndAcked_SendsTheSameDeclarationAgain()
    {
        await AppendAckedAsync(3);
        await ExpireAsync();
        await _store.ResendAsync([Range(1, 3)], Cancel);
        var gap = Assert.Single(Pending());
        await _store.MarkAckedAsync([gap.Id], Cancel);
        Assert.Empty(Pending());

        await _store.ResendAsync([Range(2, 2)], Cancel);

        Assert.Equal(gap.Id, Assert.Single(Pending()).Id);
    }

    [Fact]
    public async Task Resend_PartlyDeclared_DeclaresTheRestAlone()
    {
        await AppendAckedAsync(9);
        await ExpireAsync();
        await _store.ResendAsync([Range(4, 5)], Cancel);

        await _store.ResendAsync([Range(1, 9)], Cancel);

        var gaps = Pending().Select(e => e.Body.Gap!).ToArray();
        Assert.Equal([(4L, 5L, 2L), (1L, 9L, 7L)], gaps.Select(g => (g.FirstSeq, g.LastSeq, g.Count)));
        Assert.Equal([new SeqRange(1, 3), new SeqRange(6, 9)], gaps[1].Ranges!);
    }

    // Whoever speaks in the center's name names epochs by the thousand: what this outbox never gave it can't have lost.
    [Fact]
    public async Task Resend_EpochThatNobodyKnows_DeclaresNothing()
    {
        await _store.AppendAsync(Health(), Cancel);

        for (var i = 0; i < 20; i++)
            await _store.ResendAsync([new EpochRange(Guid.CreateVersion7(), 1, WireBounds.MaxNumber)], Cancel);

        Assert.Equal([EventKind.CameraDown], Pending().Select(e => e.Kind));
    }

    /// <summary>More rows than one transaction marks (1,024), with every third one gone: 1,000 pieces of one number, 64 of
    /// them in a gap event.</summary>
    [Fact]
    public async Task Resend_ManyRowsWithHoles_NamesEveryHole()
    {
        var events = await Task.WhenAll(Enumerable.Range(0, 3000).Select(_ => _store.AppendAsync(Health(), Cancel)));
        foreach (var ids in events.Where(e => e.Seq % 3 == 0).Select(e => e.Id).Chunk(500)) await _store.MarkAckedAsync(ids, Cancel);
        await ExpireAsync();
        foreach (var ids in events.Where(e => e.Seq % 3 != 0).Select(e => e.Id).Chunk(500)) await _store.MarkAckedAsync(ids, Cancel);

        await _store.ResendAsync([Range(1, 3000)], Cancel);

        var pending = Pending();
        Assert.Equal(2000, pending.Count(e => e.Kind != EventKind.NodeGap));
        var gaps = pending.Where(e => e.Kind == EventKind.NodeGap).Select(e => e.Body.Gap!).ToArray();
        Assert.Equal(1000, gaps.Sum(g => g.Count));
        Assert.Equal(
            Enumerable.Range(1, 1000).Select(i => new SeqRange(i * 3, i * 3)),
            gaps.SelectMany(g => g.Ranges ?? [new SeqRange(g.FirstSeq, g.LastSeq)]).OrderBy(r => r.From));
        Assert.InRange(gaps.Length, 16, 20);
    }

    private EpochRange Range(long from, long to) => new(_store.Epoch, from, to);

    private List<EventEnvelope> Pending() =>
        [.. _store.Reader.ReadNewest(5000, pendingOnly: true).Select(e => e.Event).OrderBy(e => e.Seq)];

    private async Task AppendAckedAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var e = await _store.AppendAsync(Health(), Cancel);
            await _store.MarkAckedAsync([e.Id], Cancel);
        }
    }

    /// <summary>A day later, and a sweep: what was acknowledged is gone.</summary>
    private async Task ExpireAsync()
    {
        // The first look at the clock must not be a jump.
        for (var day = 0; day < 3; day++)
        {
            _time.Advance(TimeSpan.FromHours(12));
            await _store.MarkAckedAsync([], Cancel);
            await _store.MarkAckedAsync([], Cancel);
        }
    }
}
