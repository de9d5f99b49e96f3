using System.Globalization;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Tests.Agent.Plates.Grammar;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateVoteTests
{
    private static readonly PlateGrammar Grammar =
        PlateGrammar.Load(Repository.Path("models", "plates", "regions"), ["br"]);

    private readonly PlateDecoder _decoder = new(
        PlateGrammarTests.Costs, new PlateCalibration(4, 0.5f, 0, 0.1f, 0, 0));

    private readonly PlateVote _vote = new();
    private TimeSpan _time;

    [Fact]
    public void Decode_NoShot_IsNothing() => Assert.Same(PlateRead.Nothing, _vote.Decode(_decoder, Grammar));

    [Fact]
    public void Decode_OneShot_IsNotTrustedHighly()
    {
        Add(PlateOutputs.Of("ABC1234"), 1);
        var read = _vote.Decode(_decoder, Grammar);
        Assert.Equal("ABC1234", read.Text);
        Assert.Equal(PlateVote.MostFromOneShot, read.Confidence);
        Assert.Equal(PlateVote.MostFromOneShot, read.Candidates[0].Confidence);
        Add(PlateOutputs.Of("ABC1234"), 1);
        Assert.InRange(_vote.Decode(_decoder, Grammar).Confidence, 0.95f, 1);
        Assert.Equal(2, _vote.Agreeing);
    }

    // Three shots read three texts, none of them right: the right one is the only one likely in all.
    [Fact]
    public void Decode_ShotsThatErrDifferently_TheCommonTextWins()
    {
        Add(PlateOutputs.Of("ABC1234").Doubt(0, 'X', 1), 1);
        Add(PlateOutputs.Of("ABC1234").Doubt(1, 'Y', 1), 1);
        Add(PlateOutputs.Of("ABC1234").Doubt(6, '9', 1), 1);
        var read = _vote.Decode(_decoder, Grammar);
        Assert.Equal("ABC1234", read.Text);
        Assert.Equal(0, _vote.Agreeing); // no shot by itself
        Assert.True(read.Confidence <= PlateVote.MostFromOneShot);
    }

    [Fact]
    public void Decode_GoodAndPoorShots_TheGoodOneCountsMore()
    {
        Add(PlateOutputs.Of("ABC1234").Doubt(0, 'X', -3), 1);
        Add(PlateOutputs.Of("ABC1234").Doubt(0, 'X', 4), 0.3f);
        Assert.Equal("ABC1234", _vote.Decode(_decoder, Grammar).Text);
    }

    [Fact]
    public void Add_MoreShotsThanKept_TheWorstGo()
    {
        for (var i = 0; i < PlateVote.MaxShots; i++) Add(PlateOutputs.Of("XYZ9999"), 0.2f);
        for (var i = 0; i < PlateVote.MaxShots; i++) Add(PlateOutputs.Of("ABC1234"), 0.5f);
        Add(PlateOutputs.Of("XYZ9999"), 0.4f);
        Assert.Equal(PlateVote.MaxShots, _vote.Shots);
        Assert.Equal("ABC1234", _vote.Decode(_decoder, Grammar).Text);
        Assert.Equal(PlateVote.MaxShots - 1, _vote.Agreeing); // and the last look, whatever it shows
    }

    // Four sharp shots with a post before the plate, each read otherwise; then two of the whole plate, no sharper.
    [Fact]
    public void Decode_TwoThatAgreeAfterManyThatDoNot_AreRead()
    {
        Add(PlateOutputs.Of("AB1I234"), 0.9f);
        Add(PlateOutputs.Of("ABCI34"), 0.9f);
        Add(PlateOutputs.Of("A1C234"), 0.9f);
        Add(PlateOutputs.Of("AI34"), 0.9f);
        Add(PlateOutputs.Of("ABI4"), 0.9f);
        Add(PlateOutputs.Of("ABC1234"), 0.7f);
        Add(PlateOutputs.Of("ABC1234"), 0.7f);
        Assert.Equal(("ABC1234", 2), (_vote.Read.Text, _vote.Agreeing));
        Assert.InRange(_vote.Read.Confidence, 0.95f, 1);
    }

    // The same part, read alike as often as one likes, yields to the whole.
    [Fact]
    public void Decode_PartAgreedUponBefore_YieldsToTheWhole()
    {
        for (var i = 0; i < PlateVote.MaxShots; i++) Add(PlateOutputs.Of("ABC12"), 0.9f);
        Add(PlateOutputs.Of("ABC1234"), 0.8f);
        Add(PlateOutputs.Of("ABC1234"), 0.8f);
        Assert.Equal("ABC1234", _vote.Read.Text);
    }

    // Somebody stands before a plate that has been read.
    [Fact]
    public void Decode_PartAgreedUponAfterwards_ChangesNothing()
    {
        for (var i = 0; i < 3; i++) Add(PlateOutputs.Of("ABC1234"), 0.8f);
        for (var i = 0; i < 20; i++)
        {
            Assert.False(Add(PlateOutputs.Of("ABC12"), 0.9f));
            Assert.Equal("ABC1234", _vote.Read.Text);
        }
    }

    [Fact]
    public void Add_TwoLooksAtAnotherText_ForgetTheOneBefore()
    {
        for (var i = 0; i < 4; i++) Assert.False(Add(PlateOutputs.Of("ABC1234"), 0.9f));
        Assert.False(Add(PlateOutputs.Of("XYZ9876"), 0.5f));
        Assert.Equal("ABC1234", _vote.Read.Text);
        Assert.True(Add(PlateOutputs.Of("XYZ9876"), 0.5f));
        Assert.Equal(("XYZ9876", 2, 2), (_vote.Read.Text, _vote.Agreeing, _vote.Shots));
    }

    // The next vehicle of a fleet: its number differs in one character.
    [Fact]
    public void Add_ThreeLooksAtANearlyEqualText_ForgetTheOneBefore()
    {
        for (var i = 0; i < 4; i++) Add(PlateOutputs.Of("ABC1234"), 0.9f);
        Assert.False(Add(PlateOutputs.Of("ABC1237"), 0.5f));
        Assert.False(Add(PlateOutputs.Of("ABC1237"), 0.5f));
        Assert.True(Add(PlateOutputs.Of("ABC1237"), 0.5f));
        Assert.Equal("ABC1237", _vote.Read.Text);
    }

    [Fact]
    public void Add_DamagedShots_CantOutvoteTwoWholeOnes()
    {
        Add(PlateOutputs.Of("ABC1234"), 0.5f);
        Add(PlateOutputs.Of("ABC1234"), 0.5f);
        for (var i = 0; i < 20; i++) Assert.False(Add(PlateOutputs.Of("XYZ9876"), 0.9f, damaged: true));
        Assert.Equal(("ABC1234", 2), (_vote.Read.Text, _vote.Agreeing));
    }

    // A camera whose every frame is damaged is read all the same.
    [Fact]
    public void Add_DamagedShotsAlone_AreRead()
    {
        for (var i = 0; i < 3; i++) Add(PlateOutputs.Of("ABC1234"), 0.5f, damaged: true);
        Assert.Equal(("ABC1234", 3), (_vote.Read.Text, _vote.Agreeing));
    }

    // Steady state: of a plate that does not get better two looks, and then one each two seconds that watches for a
    // change; a better shot is looked at when it comes.
    [Fact]
    public void Wants_AfterAgreement_OnlyBetterShotsAndNowAndThenOne()
    {
        Assert.Equal(2, Frames(5, 0.5f));
        Assert.InRange(Frames(100, 0.5f), 5, 7);
        Assert.Equal(5, Frames(100, 0.5f));
        Assert.InRange(Frames(10, 0.8f), 1, 2);
    }

    // A plate that never agrees with itself is looked at as often as the allowance says, however long it stays.
    [Fact]
    public void Wants_NoAgreement_IsBoundedPerTimeAndNeverEnds()
    {
        Assert.InRange(Frames(600, 0.5f, "ABC1{0:000}"), 40, PlateVote.LooksAtOnce + 60);
        Assert.InRange(Frames(100, 0.5f, "ABC1{0:000}"), 9, 11);
    }

    // Poor early looks don't raise what later ones have to reach.
    [Fact]
    public void Wants_HourOfPoorLooks_TheGoodOnesAreStillWanted()
    {
        Frames(36_000, 0.9f, "A{0:000}");
        Assert.InRange(Frames(50, 0.4f), 3, 10);
        Assert.Equal(("ABC1234", true), (_vote.Read.Text, _vote.Agreeing >= 2));
    }

    [Fact]
    public void Wants_PlateWasOutOfSight_IsLookedAtAgain()
    {
        Frames(100, 0.5f);
        Assert.True(_vote.Wants(0.9f, _time + TimeSpan.FromMilliseconds(100)));
        Frames(10, 0.9f);
        Assert.False(_vote.Wants(0.5f, _time + TimeSpan.FromMilliseconds(100)));
        _vote.LostSight();
        Assert.True(_vote.Wants(0.5f, _time + TimeSpan.FromMilliseconds(100)));
    }

    // A camera's clock may jump: nothing waits until it is there again.
    [Fact]
    public void Wants_ClockSetBack_GoesOn()
    {
        Frames(100, 0.5f);
        _time = TimeSpan.Zero;
        Assert.InRange(Frames(50, 0.5f), 2, 5);
    }

    [Fact]
    public void Wants_WorthlessOrTooSoon_IsFalse()
    {
        Assert.False(_vote.Wants(0, _time));
        Assert.False(_vote.Wants(float.NaN, _time));
        Add(PlateOutputs.Of("ABC1234"), 0.1f);
        Assert.False(_vote.Wants(0.9f, _time + TimeSpan.FromMilliseconds(40)));
        Assert.True(_vote.Wants(0.9f, _time + TimeSpan.FromMilliseconds(100)));
    }

    /// <summary>Every place has been taken: a further shot takes the memory of the one that goes.</summary>
    [Fact]
    public void Add_MoreShotsThanPlaces_AllocatesNothing()
    {
        for (var i = 0; i < PlateVote.MaxShots + 1; i++) Add(PlateOutputs.Of("ABC1234"), 0.5f);
        var outputs = PlateOutputs.Of("ABC1234").Log();
        var read = PlateRead.Nothing;
        var before = GC.GetAllocatedBytesForCurrentThread();
        _vote.Add(outputs, read, 1, 100, _time);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private bool Add(PlateOutputs outputs, float quality, bool damaged = false)
    {
        var log = outputs.Log();
        _decoder.Begin();
        _decoder.Add(log, 1);
        var another = _vote.Add(log, _decoder.Read(Grammar, 100), quality, 100, _time, damaged);
        _vote.Decode(_decoder, Grammar);
        return another;
    }

    /// <summary>So many frames 100 ms apart; how many were looked at.</summary>
    /// <param name="text">With the frame's number, from 000 on, where the format says so.</param>
    private int Frames(int count, float quality, string text = "ABC1234")
    {
        var looks = 0;
        for (var i = 0; i < count; i++)
        {
            _time += TimeSpan.FromMilliseconds(100);
            if (!_vote.Wants(quality, _time)) continue;
            Add(PlateOutputs.Of(string.Format(CultureInfo.InvariantCulture, text, i % 1000)), quality);
            looks++;
        }
        return looks;
    }
}
