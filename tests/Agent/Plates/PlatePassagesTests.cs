using System.Numerics;
using Picket.Agent.Outbox;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Track;
using Picket.Wire;

namespace Picket.Tests.Agent.Plates;

public sealed class PlatePassagesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Models = ["plate-detect 1.0.0", "plate-read 1.0.0"];
    private readonly PlatePassages _passages = new("gate-1", Models);

    private static PlateSighting See(
        string text, float confidence, double second = 0, int agreeing = 2, PlateMatch? listed = null,
        string format = "three letters, three digits (Sindh cars)", float width = 80, float x = 10.4f,
        params PlateHypothesis[] others) =>
        new(
            new PlateRead(
                text, confidence, confidence, [.. text.Select(_ => 0.98765f)], 1,
                format == PlateRead.NoFormat ? null : "pk", format, [new(text, confidence), .. others]),
            agreeing, agreeing, (long)(second * 25), Start.AddSeconds(second), TimeSpan.FromSeconds(second),
            new PlateDetection(
                new Detection(x, 20.6f, width, 20, 0.9f),
                new PlateCorners(new Vector2(10, 21), new(90, 21), new(90, 41), new(10, 41))),
            listed);

    private static PlateMatch Entry(string plate, string entry = "case 1") =>
        new("stolen", "0123456789ab", entry, plate, PlateMatchKind.Exact, 0.97f, 0.33f, 0.0001, 2);

    private PlateOutcome Sighted(long track, PlateSighting s) => Sighted(_passages, track, s);

    private static PlateOutcome Sighted(PlatePassages passages, long track, PlateSighting s) =>
        passages.Sighted(track, s) ? passages.Tell(track, s, new OutboxCrop(Guid.CreateVersion7(), [1])) : default;

    private void Left(long track, double second) =>
        _passages.Left(track, TimeSpan.FromSeconds(second), Start.AddSeconds(second));

    private List<EventDraft> EndedBy(double second)
    {
        var ends = new List<EventDraft>();
        while (_passages.NextEnded(TimeSpan.FromSeconds(second)) is { } end) ends.Add(end);
        return ends;
    }

    [Theory]
    [InlineData(0.88f, 1, false)] // one look, not sure
    [InlineData(0.89f, 1, true)] // one look, sure
    [InlineData(0.5f, 2, true)] // two looks that agree
    [InlineData(0.49f, 5, false)] // agreed upon, but hardly believed
    public void Sighted_Reading_IsToldWhenDecided(float confidence, int agreeing, bool told) =>
        Assert.Equal(told, Sighted(1, See("ABC123", confidence, agreeing: agreeing)).Read is not null);

    [Theory]
    [InlineData(69, 1, false)]
    [InlineData(70, 1, true)]
    [InlineData(40, 2, true)]
    public void Sighted_SmallPlate_IsNotDecidedByOneShot(float width, int agreeing, bool told) =>
        Assert.Equal(told, Sighted(1, See("ABC123", 0.89f, agreeing: agreeing, width: width)).Read is not null);

    [Theory]
    [InlineData("AB", false)]
    [InlineData("AB1", true)]
    [InlineData("ABCDEFGH12345678", true)]
    [InlineData("ABCDEFGH123456789", false)] // no plate has 17 characters; the wire refuses them
    public void Sighted_Length_HasBounds(string text, bool told) =>
        Assert.Equal(told, Sighted(1, See(text, 0.99f)).Read is not null);

    [Fact]
    public void Sighted_NotDecided_LeavesNoTrace()
    {
        Sighted(1, See("ABC123", 0.7f, agreeing: 1));
        Assert.Equal(0, _passages.Open);
        Left(1, 5);
        Assert.Empty(EndedBy(60));
    }

    [Fact]
    public void Sighted_ReadThenBetterThenGone_NewUpdateEndOfOnePassageNamingTheirFrames()
    {
        var first = Sighted(1, See("ABC123", 0.6f)).Read!;
        Assert.Equal(default, Sighted(1, See("ABC123", 0.69f, 1)));
        var second = Sighted(1, See("ABC123", 0.75f, 2)).Read!;
        Left(1, 3);
        Assert.Empty(EndedBy(7.9));
        var third = Assert.Single(EndedBy(8));

        Assert.Equal(
            [PassagePhase.New, PassagePhase.Update, PassagePhase.End],
            new[] { first.Phase!.Value, second.Phase!.Value, third.Phase!.Value });
        Assert.Equal([0, 1, 2], new[] { first.Rev, second.Rev, third.Rev });
        Assert.Single(new[] { first.Passage, second.Passage, third.Passage }.Distinct());
        Assert.All(new[] { first, second, third }, e => Assert.Equal(EventKind.PlateRead, e.Kind));
        Assert.Equal([0L, 50, 50], new[] { first, second, third }.Select(e => e.Body.Plate!.Frame));
        Assert.Equal((Start.AddSeconds(3), "left"), (third.At, third.Body.Plate!.Reason));
        Assert.Equal(Start.AddSeconds(2), third.Body.Plate.FrameAt);
        Assert.Null(first.Body.Plate!.FrameAt); // it is the event's own time
        Assert.Empty(EndedBy(60));
    }

    [Fact]
    public void Sighted_TextChanges_IsAnUpdateOfTheSamePassage()
    {
        var first = Sighted(1, See("ABC128", 0.8f)).Read!;
        Assert.Equal(default, Sighted(1, See("ABC123", 0.7f, 1, agreeing: 1)));
        var second = Sighted(1, See("ABC123", 0.7f, 2, agreeing: 2)).Read!;
        Assert.Equal((first.Passage, PassagePhase.Update), (second.Passage, second.Phase!.Value));
        Assert.Equal("ABC123", second.Body.Plate!.Text);
    }

    [Fact]
    public void Sighted_SamePlateBackInTime_ContinuesThePassageSilently()
    {
        var first = Sighted(1, See("ABC123", 0.9f)).Read!;
        Left(1, 3);
        Assert.Equal(default, Sighted(2, See("ABC123", 0.92f, 7)));
        Assert.Empty(EndedBy(30));
        Left(2, 31);
        Assert.Equal(first.Passage, Assert.Single(EndedBy(36)).Passage);
    }

    [Fact]
    public void Sighted_SamePlateBackTooLate_IsAnotherPassage()
    {
        var first = Sighted(1, See("ABC123", 0.9f)).Read!;
        Left(1, 3);
        Assert.Single(EndedBy(8));
        var second = Sighted(2, See("ABC123", 0.9f, 9)).Read!;
        Assert.NotEqual(first.Passage, second.Passage);
        Assert.Equal((PassagePhase.New, 0), (second.Phase!.Value, second.Rev));
    }

    [Fact]
    public void Sighted_BackAndReadAsWhatWasThoughtPossible_ContinuesThePassage()
    {
        var first = Sighted(1, See("ABC123", 0.8f, others: new PlateHypothesis("A8C123", 0.1f))).Read!;
        Left(1, 3);
        var second = Sighted(2, See("A8C123", 0.9f, 4)).Read!;
        Assert.Equal((first.Passage, PassagePhase.Update), (second.Passage, second.Phase!.Value));
    }

    // A small plate's track breaks, and the next one reads a character more, less, or otherwise.
    [Theory]
    [InlineData("ABC1234")]
    [InlineData("ABC12")]
    [InlineData("BC123")]
    [InlineData("ABC173")]
    [InlineData("ABC128")]
    [InlineData("XBC123")]
    public void Sighted_NearlyTheSameTextAtThePlace_ContinuesThePassage(string text)
    {
        var first = Sighted(1, See("ABC123", 0.6f)).Read!;
        Left(1, 1);
        var second = Sighted(2, See(text, 0.9f, 1.5, x: 150)).Read!;
        Assert.Equal((first.Passage, PassagePhase.Update, text), (second.Passage, second.Phase!.Value, second.Body.Plate!.Text));
        Assert.Equal(1, _passages.Open);
    }

    [Theory]
    [InlineData("ABC124", 600)] // a column of vehicles with following numbers: not at that place
    [InlineData("ABC14", 50)] // two characters differ
    [InlineData("ACB123", 50)]
    public void Sighted_OtherPlaceOrText_IsAPassageOfItsOwn(string text, float x)
    {
        var first = Sighted(1, See("ABC123", 0.6f)).Read!;
        Left(1, 1);
        Assert.NotEqual(first.Passage, Sighted(2, See(text, 0.9f, 1.5, x: x)).Read!.Passage);
    }

    [Fact]
    public void Sighted_OtherPlateInTime_IsAPassageOfItsOwn()
    {
        var first = Sighted(1, See("ABC123", 0.9f)).Read!;
        Left(1, 3);
        Assert.NotEqual(first.Passage, Sighted(2, See("XYZ789", 0.9f, 3.2)).Read!.Passage);
    }

    // A plate that the detector finds twice, or the tracker follows by two tracks.
    [Fact]
    public void Sighted_SamePlateOnTwoTracks_IsToldOnceAndEndsWithTheLast()
    {
        var first = Sighted(1, See("ABC123", 0.9f)).Read!;
        Assert.Equal(default, Sighted(2, See("ABC123", 0.9f, 1)));
        Assert.Equal(1, _passages.Open);
        Left(1, 2);
        Assert.Empty(EndedBy(20));
        Left(2, 20);
        Assert.Equal(first.Passage, Assert.Single(EndedBy(25)).Passage);
    }

    [Fact]
    public void Sighted_BetterForEver_UpdatesAreLimited()
    {
        var rules = new PlatePassages("gate-1", Models, new PlatePassagesOptions { UpdatesAtOnce = 2, BetterBy = 0.01f });
        var events = Enumerable.Range(0, 20)
            .Count(i => Sighted(rules, 1, See("ABC123", 0.5f + i * 0.02f, i)) != default);
        Assert.Equal(3, events);
        // Per time, not for the vehicle's whole stay.
        Assert.NotEqual(default, Sighted(rules, 1, See("ABC123", 0.95f, 70)));
    }

    // Another vehicle in the same place, on the same track: two looks at its plate are the proof.
    [Fact]
    public void Sighted_OtherPlateOnTheTrack_IsAPassageOfItsOwnAndTheOldOneEnds()
    {
        var first = Sighted(1, See("ABC123", 0.97f)).Read!;
        Assert.Equal(default, Sighted(1, See("XYZ789", 0.89f, 1, agreeing: 1)));
        var second = Sighted(1, See("XYZ789", 0.9f, 2)).Read!;
        Assert.NotEqual(first.Passage, second.Passage);
        Assert.Equal((PassagePhase.New, 0, "XYZ789"), (second.Phase!.Value, second.Rev, second.Body.Plate!.Text));
        var end = Assert.Single(EndedBy(7));
        Assert.Equal((first.Passage, PassagePhase.End, "ABC123"), (end.Passage, end.Phase!.Value, end.Body.Plate!.Text));
        Left(1, 8);
        Assert.Equal(second.Passage, Assert.Single(EndedBy(13)).Passage);
    }

    // Two tracks that changed vehicles where those passed each other.
    [Fact]
    public void Sighted_TracksExchanged_NothingIsToldTwice()
    {
        var first = Sighted(1, See("ABC123", 0.97f)).Read!;
        var second = Sighted(2, See("XYZ789", 0.97f, x: 300)).Read!;
        Assert.Equal(default, Sighted(1, See("XYZ789", 0.97f, 1)));
        Assert.Equal(default, Sighted(2, See("ABC123", 0.97f, 1)));
        Left(1, 2);
        Left(2, 2);
        Assert.Equal(new[] { first.Passage, second.Passage }.Order(), EndedBy(9).Select(e => e.Passage).Order());
    }

    // Somebody walks past a plate that has been told.
    [Theory]
    [InlineData(1)]
    [InlineData(2)] // what is seen beside him is followed as another plate
    public void Sighted_PartOfTheToldPlate_TellsNothing(long track)
    {
        Sighted(1, See("ABC1234", 0.97f));
        Assert.Equal(default, Sighted(track, See("ABC12", 0.99f, 1)));
        Assert.Equal(1, _passages.Open);
    }

    [Fact]
    public void Sighted_PartToldFirst_TheWholeIsTheUpdate()
    {
        var first = Sighted(1, See("ABC12", 0.9f)).Read!;
        var second = Sighted(1, See("ABC1234", 0.8f, 1)).Read!;
        Assert.Equal((first.Passage, "ABC1234"), (second.Passage, second.Body.Plate!.Text));
    }

    // A surer reading reaches the list's threshold without being worth an update by itself.
    [Fact]
    public void Sighted_ToldReadingIsListedNow_TheHitIsToldWhateverWasToldBefore()
    {
        var rules = new PlatePassages("gate-1", Models, new PlatePassagesOptions { UpdatesAtOnce = 0 });
        Sighted(rules, 1, See("ABC123", 0.9f));
        var told = Sighted(rules, 1, See("ABC123", 0.93f, 1, listed: Entry("ABC123")));
        Assert.Equal(PassagePhase.New, told.Hit!.Phase);
        Assert.Equal(default, Sighted(rules, 1, See("ABC123", 0.94f, 2, listed: Entry("ABC123"))));
    }

    [Fact]
    public void Sighted_FitsNoFormat_IsToldWithoutAFormat()
    {
        var body = Sighted(1, See("Q1Q1Q", 0.97f, format: PlateRead.NoFormat)).Read!.Body.Plate!;
        Assert.Equal((null, null), (body.Format, body.Region));
    }

    [Fact]
    public void Sighted_Body_IsRoundedAndHasTheOtherReadings()
    {
        var body = Sighted(
            1,
            See("ABC123", 0.87654f, others: [new("A8C123", 0.06543f), new("ABC128", 0.009f)])).Read!.Body.Plate!;
        Assert.Equal((0.877f, 0.99f), (body.Confidence, body.Characters[0]));
        Assert.Equal([10f, 21, 80, 20], body.Box);
        Assert.Equal([10f, 21, 90, 21, 90, 41, 10, 41], body.Corners);
        Assert.Equal([new PlateCandidate("A8C123", 0.065f)], body.Candidates!);
        Assert.Equal(("three letters, three digits", "pk"), (body.Format, body.Region));
        Assert.Equal(Models, body.Models);
    }

    [Fact]
    public void Sighted_ListedPlate_IsAHitPassageBesideTheReadOne()
    {
        var told = Sighted(1, See("ABC123", 0.97f, listed: Entry("ABC123")));
        Left(1, 3);
        var ends = EndedBy(8);

        Assert.Equal((EventKind.PlateRead, EventKind.PlateHit), (told.Read!.Kind, told.Hit!.Kind));
        Assert.NotEqual(told.Read.Passage, told.Hit.Passage);
        Assert.Equal(told.Read.Passage, told.Hit.Body.Hit!.Read);
        Assert.Equal(("ABC123", "case 1", "exact"), (told.Hit.Body.Plate!.Text, told.Hit.Body.Hit.Entry, told.Hit.Body.Hit.Match));
        Assert.Equal([told.Read.Passage, told.Hit.Passage], ends.Select(e => e.Passage));
        Assert.All(ends, e => Assert.Equal((PassagePhase.End, 1, "left"), (e.Phase!.Value, e.Rev, e.Body.Plate!.Reason)));
        Assert.Equal("case 1", ends[1].Body.Hit!.Entry);
    }

    [Fact]
    public void Sighted_ListedPlate_NamesTheCropInTheAlertAlone()
    {
        var told = Sighted(1, See("ABC123", 0.97f, listed: Entry("ABC123")));
        Assert.Equal((null, null), (told.Read.Crop, told.Read.Body.Plate!.Crop));
        Assert.Equal(told.Hit!.Crop!.Id, told.Hit.Body.Plate!.Crop);
    }

    [Fact]
    public void Sighted_BetterReadingIsNotOnTheList_TheHitEndsAsReread()
    {
        var first = Sighted(1, See("ABC128", 0.8f, listed: Entry("ABC128")));
        var second = Sighted(1, See("ABC123", 0.9f, 2));
        Assert.Equal(PassagePhase.Update, second.Read!.Phase);
        Assert.Equal(
            (first.Hit!.Passage, PassagePhase.End, "reread"),
            (second.Over!.Passage, second.Over.Phase!.Value, second.Over.Body.Plate!.Reason));
        Assert.Null(second.Hit);
        Left(1, 3);
        Assert.Equal(EventKind.PlateRead, Assert.Single(EndedBy(9)).Kind);
    }

    [Fact]
    public void Sighted_BetterReadingIsAnotherEntry_OneHitEndsAndAnotherBegins()
    {
        var first = Sighted(1, See("ABC128", 0.8f, listed: Entry("ABC128")));
        var second = Sighted(1, See("ABC123", 0.9f, 2, listed: Entry("ABC123", "case 2")));
        Assert.Equal(first.Hit!.Passage, second.Over!.Passage);
        Assert.Equal((PassagePhase.New, "case 2"), (second.Hit!.Phase!.Value, second.Hit.Body.Hit!.Entry));
        Assert.NotEqual(first.Hit.Passage, second.Hit.Passage);
    }

    [Fact]
    public void Sighted_BetterReadingOfTheSameEntry_UpdatesTheHit()
    {
        var first = Sighted(1, See("ABC123", 0.8f, listed: Entry("ABC123")));
        var second = Sighted(1, See("ABC123", 0.95f, 2, listed: Entry("ABC123")));
        Assert.Equal((first.Hit!.Passage, PassagePhase.Update, 1), (second.Hit!.Passage, second.Hit.Phase!.Value, second.Hit.Rev));
        Assert.Null(second.Over);
    }

    [Fact]
    public void Tell_Read_BringsItsCropAndNamesIt()
    {
        var told = Sighted(1, See("ABC123", 0.97f)).Read;
        Assert.Equal(told.Crop!.Id, told.Body.Plate!.Crop);
        Left(1, 3);
        var end = Assert.Single(EndedBy(9));
        Assert.Equal((told.Crop.Id, null), (end.Body.Plate!.Crop, end.Crop));
    }

    // A picture that could not be made must not cost the events.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tell_NoCrop_EventsNameNoneAndNeitherDoTheirEnds(bool isListed)
    {
        var sighting = See("ABC123", 0.97f, listed: isListed ? Entry("ABC123") : null);
        Assert.True(_passages.Sighted(1, sighting));
        var told = _passages.Tell(1, sighting, null);
        Assert.Equal((null, null), (told.Read.Crop, told.Read.Body.Plate!.Crop));
        Assert.Equal((isListed, null, null), (told.Hit is not null, told.Hit?.Crop, told.Hit?.Body.Plate!.Crop));
        Left(1, 3);
        Assert.All(EndedBy(9), end => Assert.Null(end.Body.Plate!.Crop));
    }

    [Fact]
    public void NextCut_OpenPassages_EndsEachOnceWithTheReason()
    {
        Sighted(1, See("ABC123", 0.97f, listed: Entry("ABC123")));
        Sighted(2, See("ABC123", 0.97f, 1)); // a second track of the same vehicle
        Sighted(3, See("XYZ789", 0.97f));
        Left(3, 0);
        var ends = new List<EventDraft>();
        while (_passages.NextCut("camera", Start.AddSeconds(9)) is { } end) ends.Add(end);
        Assert.Equal(["ABC123", "ABC123", "XYZ789"], ends.Select(e => e.Body.Plate!.Text).Order());
        Assert.Equal([EventKind.PlateHit, EventKind.PlateRead, EventKind.PlateRead], ends.Select(e => e.Kind).OrderDescending());
        Assert.All(ends, e => Assert.Equal(("camera", PassagePhase.End), (e.Body.Plate!.Reason, e.Phase!.Value)));
        Assert.Equal(0, _passages.Open);
    }
}
