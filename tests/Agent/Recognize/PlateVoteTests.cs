using Picket.Agent.Recognize;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Recognize;

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
        Assert.Equal(1, _vote.Agreeing);
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
        Assert.Equal(PlateVote.MaxShots, _vote.Agreeing);
    }

    // Steady state: 200 frames of a plate that does not get better are two looks; a better shot is one more.
    [Fact]
    public void Wants_AfterAgreement_OnlyClearlyBetterShots()
    {
        var looks = 0;
        void Frame(float quality)
        {
            _time += TimeSpan.FromMilliseconds(100);
            if (!_vote.Wants(quality, _time)) return;
            Add(PlateOutputs.Of("ABC1234"), quality);
            looks++;
        }
        for (var i = 0; i < 200; i++) Frame(0.5f + (i % 5 * 0.02f));
        Assert.Equal(2, looks);
        Frame(0.75f);
        Assert.Equal(3, looks);
        for (var i = 0; i < 200; i++) Frame(0.75f);
        Assert.Equal(3, looks);
    }

    // A plate that never agrees with itself is not looked at for ever.
    [Fact]
    public void Wants_NoAgreement_EndsAtTheLimit()
    {
        var looks = 0;
        for (var i = 0; i < 200; i++)
        {
            _time += TimeSpan.FromMilliseconds(100);
            if (!_vote.Wants(0.5f, _time)) continue;
            Add(PlateOutputs.Of($"ABC1{i:000}"), 0.5f);
            looks++;
        }
        Assert.Equal(PlateVote.MaxLooks, looks);
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

    [Fact]
    public void Clear_Vote_IsAsNewAndKeepsItsMemory()
    {
        for (var i = 0; i < PlateVote.MaxShots; i++) Add(PlateOutputs.Of("XYZ9999"), 1);
        _vote.Clear();
        Assert.Equal((0, 0, 0), (_vote.Shots, _vote.Looks, _vote.Agreeing));
        Assert.Same(PlateRead.Nothing, _vote.Decode(_decoder, Grammar));
        var outputs = PlateOutputs.Of("ABC1234").Log();
        var read = PlateRead.Nothing;
        var before = GC.GetAllocatedBytesForCurrentThread();
        _vote.Add(outputs, read, 1, 100, _time);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Add(PlateOutputs outputs, float quality)
    {
        var log = outputs.Log();
        _decoder.Begin();
        _decoder.Add(log, 1);
        _vote.Add(log, _decoder.Read(Grammar, 100), quality, 100, _time);
    }
}
