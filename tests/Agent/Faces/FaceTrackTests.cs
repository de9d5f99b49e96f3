using Picket.Agent.Faces;

namespace Picket.Tests.Agent.Faces;

/// <summary>
/// Embeddings of three numbers, of length 1: the listed person is (1,0,0). The least cosine is 0.413 (the curve's, one
/// enrolled picture), looks at one person have 0.31 and more.
/// </summary>
public sealed class FaceTrackTests
{
    private const float Good = 0.6f;
    private static readonly float[] Listed = [1, 0, 0], Stranger = [0, 1, 0], Third = [0, 0, 1];

    /// <summary>Like the listed person's, but not enough: cosine 0.35.</summary>
    private static readonly float[] Veiled = [0.35f, 0.936750f, 0];

    /// <summary>The listed person half turned: cosine 0.5, and near to the veiled look.</summary>
    private static readonly float[] Near = [0.5f, 0.866025f, 0];

    private readonly FaceList _list = new(
        "list",
        new FaceGallery(3, [("p", Listed)]),
        new FalseMatchCurve([new(1e-3, 0.335), new(1e-4, 0.413), new(1e-5, 0.474)]),
        1e-4,
        []);

    private readonly FaceTrack _track = new(3, samePerson: 0.31f);
    private double _seconds;

    [Fact]
    public void Take_FirstLookAtTheListedPerson_IsEnough()
    {
        var found = Look(Listed, Good);
        Assert.True(found.Match.Similarity >= found.Threshold);
        Assert.Equal((0, 1, false), (found.Match.Person, found.Shots, found.IsAnother));
    }

    // The template says 0.37 after many veiled looks; two good ones that agree say 0.5 each.
    [Fact]
    public void Take_TwoGoodLooksAfterManyVeiledOnes_AreTold()
    {
        for (var i = 0; i < 20; i++) Assert.False(IsTold(Look(Veiled, Good)));
        Assert.False(IsTold(Look(Near, Good)));
        Assert.True(IsTold(Look(Near, Good)));
    }

    [Fact]
    public void Take_TwoGoodLooksFarApart_AreNot()
    {
        for (var i = 0; i < 20; i++) Look(Veiled, Good);
        Look(Near, Good);
        for (var i = 0; i < 4; i++) Look(Veiled, Good);
        Assert.False(IsTold(Look(Near, Good)));
    }

    [Fact]
    public void Take_PoorEarlyLooks_CountNothingBesideAGoodOne()
    {
        for (var i = 0; i < 20; i++) Look(Veiled, 0.1f);
        Assert.True(IsTold(Look(Listed, Good)));
    }

    [Fact]
    public void Take_TwoLooksAtAnotherFace_BeginAnother()
    {
        Look(Listed, Good);
        var first = Look(Stranger, Good);
        Assert.Equal((-1, false), (first.Match.Person, first.IsAnother));
        var second = Look(Stranger, Good);
        Assert.True(second.IsAnother);
        Assert.False(IsTold(second));
        Assert.Equal(2, _track.Looks);
    }

    [Fact]
    public void Take_ListedPersonAfterAStranger_IsToldAtTheSecondLook()
    {
        for (var i = 0; i < 10; i++) Look(Stranger, Good);
        Look(Listed, Good);
        var found = Look(Listed, Good);
        Assert.True(found.IsAnother && IsTold(found));
    }

    // One look is noise, and so are two that do not agree with each other.
    [Fact]
    public void Take_OddLooks_BeginNobodyElse()
    {
        Look(Listed, Good);
        Assert.False(Look(Stranger, Good).IsAnother);
        Assert.False(Look(Third, Good).IsAnother);
        Assert.False(Look(Listed, Good).IsAnother);
        Assert.False(Look(Third, Good).IsAnother);
        Assert.Equal(0, Look(Listed, Good).Match.Person);
    }

    // Turned away or blurred, a face is unlike itself: that begins nobody else while the good looks stand against it.
    [Fact]
    public void Take_PoorLooksThatAgree_BeginNobodyElse()
    {
        Look(Stranger, Good);
        for (var i = 0; i < 10; i++) Assert.False(Look(Third, Good / 2.1f).IsAnother);
    }

    [Fact]
    public void Take_PoorLooksThatAgreeOnAListedPerson_Do()
    {
        Look(Stranger, Good);
        Look(Listed, Good / 2.1f);
        var found = Look(Listed, Good / 2.1f);
        Assert.True(found.IsAnother && IsTold(found));
    }

    [Fact]
    public void Take_LookUnlikeTheOthers_HurriesTheNext()
    {
        Assert.True(_track.Shots.Take(Good, At(0)));
        _track.Take(Listed, Good, _list, At(0));
        Assert.False(_track.Shots.Take(Good, At(0.5)));
        _track.Take(Stranger, Good, _list, At(0.5));
        Assert.True(_track.Shots.Take(Good, At(0.5)));
    }

    [Fact]
    public void Seen_AfterAPause_HurriesTheNextLook()
    {
        _track.Seen(At(0));
        Assert.True(_track.Shots.Take(Good, At(0)));
        _track.Take(Listed, Good, _list, At(0));
        _track.Seen(At(0.3));
        Assert.False(_track.Shots.Take(Good, At(0.3)));
        _track.Seen(At(1.3));
        Assert.True(_track.Shots.Take(Good, At(1.3)));
    }

    private FaceFinding Look(float[] embedding, float quality) =>
        _track.Take(embedding, quality, _list, At(_seconds += 2));

    private static bool IsTold(in FaceFinding found) => found.Match.Similarity >= found.Threshold;

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
