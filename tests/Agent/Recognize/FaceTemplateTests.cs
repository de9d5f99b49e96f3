using Picket.Agent.Recognize;

namespace Picket.Tests.Agent.Recognize;

public sealed class FaceTemplateTests
{
    // Hand sum: 3/4 (1,0) + 1/4 (0,1) = (0.75, 0.25), of length 0.790569.
    [Fact]
    public void Add_TwoShots_IsTheMeanWeightedByQuality()
    {
        var template = new FaceTemplate(2);
        template.Add([1, 0], 0.75f);
        template.Add([0, 1], 0.25f);
        Assert.Equal(0.948683f, template.Embedding[0], 1e-5f);
        Assert.Equal(0.316228f, template.Embedding[1], 1e-5f);
        Assert.Equal(2, template.Shots);
        Assert.Equal(0.75f, template.BestQuality);
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
