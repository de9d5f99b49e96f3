using Picket.Agent.Faces;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceTemplateTests
{
    // Hand sum: 0.75 (1,0) + 0.5 (0,1), of length 0.901388.
    [Fact]
    public void Add_TwoShots_IsTheMeanWeightedByQuality()
    {
        var template = new FaceTemplate(2);
        template.Add([1, 0], 0.75f);
        template.Add([0, 1], 0.5f);
        Assert.Equal(0.832050f, template.Embedding[0], 1e-5f);
        Assert.Equal(0.554700f, template.Embedding[1], 1e-5f);
        Assert.Equal(2, template.Shots);
        Assert.Equal(0.75f, template.BestQuality);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Add_ShotsOfLessThanHalfTheBest_AreLeftOut(bool poorFirst)
    {
        var template = new FaceTemplate(2);
        if (!poorFirst) template.Add([1, 0], 0.5f);
        for (var i = 0; i < 100; i++) template.Add([0, 1], 0.24f);
        if (poorFirst) template.Add([1, 0], 0.5f);
        Assert.Equal([1, 0], template.Embedding.ToArray());
        Assert.Equal(1, template.Shots);
    }

    [Fact]
    public void Add_MoreThanAreKept_KeepsTheBest()
    {
        var template = new FaceTemplate(2);
        for (var i = 0; i < FaceTemplate.MaxShots; i++) template.Add([0, 1], 0.5f);
        for (var i = 0; i < FaceTemplate.MaxShots; i++) template.Add([1, 0], 0.6f);
        Assert.Equal([1, 0], template.Embedding.ToArray());
        Assert.Equal(FaceTemplate.MaxShots, template.Shots);
        template.Add([0, 1], 0.5f);
        Assert.Equal([1, 0], template.Embedding.ToArray());
    }

    [Fact]
    public void Embedding_NoShotOfAnyQuality_IsZero()
    {
        var template = new FaceTemplate(2);
        template.Add([1, 0], 0);
        Assert.Equal([0, 0], template.Embedding.ToArray());
    }

    [Fact]
    public void Clear_AfterShots_ForgetsThem()
    {
        var template = new FaceTemplate(2);
        template.Add([1, 0], 1);
        template.Clear();
        template.Add([0, 1], 0.5f);
        Assert.Equal([0, 1], template.Embedding.ToArray());
        Assert.Equal(1, template.Shots);
    }
}
