using Picket.Agent.Faces;
using Picket.Agent.Outbox;
using Picket.Agent.Track;
using Picket.Wire;

namespace Picket.Tests.Agent.Faces;

public sealed class FacePassagesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly FacePassages _passages = new("gate-1", "watchlist");

    private static FaceSighting See(string person, float similarity, double second = 0) =>
        new(
            person, similarity, 0.4f, (long)(second * 25), Start.AddSeconds(second),
            new Detection(10, 20, 30, 40, 0.9f), 0.8f, 1);

    private EventDraft? Sighted(long track, FaceSighting s) => Sighted(_passages, track, s);

    private static EventDraft? Sighted(FacePassages passages, long track, FaceSighting s) =>
        passages.Sighted(track, s) ? passages.Tell(track, s, new OutboxCrop(Guid.CreateVersion7(), [1])) : null;

    private void Left(long track, double second) =>
        _passages.Left(track, TimeSpan.FromSeconds(second), Start.AddSeconds(second));

    [Fact]
    public void Sighted_BelowThreshold_LeavesNoTrace()
    {
        Assert.Null(Sighted(1, See("ada", 0.39f)));
        Assert.Equal(0, _passages.Open);
        Left(1, 5);
        Assert.Null(_passages.NextEnded(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Sighted_MatchThenBetterThenGone_NewUpdateEndOfOnePassage()
    {
        var first = Sighted(1, See("ada", 0.5f))!;
        Assert.Null(Sighted(1, See("ada", 0.55f, 1)));
        var second = Sighted(1, See("ada", 0.58f, 2))!;
        Left(1, 3);
        Assert.Null(_passages.NextEnded(TimeSpan.FromSeconds(3.9)));
        var third = _passages.NextEnded(TimeSpan.FromSeconds(4))!;

        Assert.Equal(
            [PassagePhase.New, PassagePhase.Update, PassagePhase.End],
            new[] { first.Phase!.Value, second.Phase!.Value, third.Phase!.Value });
        Assert.Equal([0, 1, 2], new[] { first.Rev, second.Rev, third.Rev });
        Assert.Single(new[] { first.Passage, second.Passage, third.Passage }.Distinct());
        Assert.Equal("left", third.Body.Face!.Reason);
        Assert.Equal(0.58f, third.Body.Face.Similarity);
        Assert.Null(_passages.NextEnded(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Sighted_SamePersonBackInTime_ContinuesThePassage()
    {
        var first = Sighted(1, See("ada", 0.5f))!;
        Left(1, 3);
        Assert.Null(Sighted(2, See("ada", 0.52f, 3.5)));
        Assert.Null(_passages.NextEnded(TimeSpan.FromSeconds(30)));
        Left(2, 31);
        Assert.Equal(first.Passage, _passages.NextEnded(TimeSpan.FromSeconds(33))!.Passage);
    }

    [Fact]
    public void Sighted_OtherPersonInTime_IsAPassageOfItsOwn()
    {
        var first = Sighted(1, See("ada", 0.5f))!;
        Left(1, 3);
        var second = Sighted(2, See("bob", 0.6f, 3.2))!;
        Assert.Equal(PassagePhase.New, second.Phase);
        Assert.NotEqual(first.Passage, second.Passage);
    }

    [Fact]
    public void Sighted_BetterForEver_UpdatesAreLimited()
    {
        var rules = new FacePassages("gate-1", "watchlist", new FacePassagesOptions { MaxUpdates = 2, BetterBy = 0.01f });
        var events = Enumerable.Range(0, 20)
            .Select(i => Sighted(rules, 1, See("ada", 0.5f + i * 0.02f, i)))
            .Count(e => e is not null);
        Assert.Equal(3, events);
    }

    [Fact]
    public void Tell_Crop_IsNamedByTheEventThatBringsItAndByTheEnd()
    {
        var told = Sighted(1, See("ada", 0.5f))!;
        Assert.Equal(told.Crop!.Id, told.Body.Face!.Crop);
        Left(1, 3);
        var end = _passages.NextEnded(TimeSpan.FromSeconds(9))!;
        Assert.Equal((told.Crop.Id, null), (end.Body.Face!.Crop, end.Crop));
    }

    // A picture that could not be made must not cost the event.
    [Fact]
    public void Tell_NoCrop_IsAnEventThatNamesNoneAndNeitherDoesItsEnd()
    {
        Assert.True(_passages.Sighted(1, See("ada", 0.5f)));
        var told = _passages.Tell(1, See("ada", 0.5f), null);
        Assert.Equal((PassagePhase.New, null, null), (told.Phase!.Value, told.Crop, told.Body.Face!.Crop));
        Left(1, 3);
        Assert.Null(_passages.NextEnded(TimeSpan.FromSeconds(9))!.Body.Face!.Crop);
    }

    [Fact]
    public void NextCut_OpenPassages_EndsEachOnceWithTheReason()
    {
        Sighted(1, See("ada", 0.5f));
        Sighted(2, See("bob", 0.5f));
        Left(2, 0);
        var ends = new List<EventDraft>();
        while (_passages.NextCut("camera", Start.AddSeconds(9)) is { } end) ends.Add(end);
        Assert.Equal(["ada", "bob"], ends.Select(e => e.Body.Face!.Person).Order());
        Assert.All(ends, e => Assert.Equal(("camera", PassagePhase.End), (e.Body.Face!.Reason, e.Phase!.Value)));
        Assert.Equal(0, _passages.Open);
    }
}
