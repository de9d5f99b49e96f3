using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceListTests
{
    // The curve's points: 1e-3 at 0.335, 1e-4 at 0.413, 1e-5 at 0.474; ten times the chances cost one of its steps.
    [Theory]
    [InlineData(1, 0.413f)]
    [InlineData(4, 0.413f)]
    [InlineData(40, 0.474f)]
    public void ThresholdAfter_MoreLooks_CountsEachFourAsAnotherChance(int looks, float expected)
    {
        var curve = new FalseMatchCurve([new(1e-3, 0.335), new(1e-4, 0.413), new(1e-5, 0.474)]);
        var list = new FaceList("list", new FaceGallery(2, [("a", [1f, 0])]), curve, 1e-4, []);
        Assert.Equal(expected, list.ThresholdAfter(looks), 1e-4f);
        Assert.Equal(list.ThresholdAfter(1), list.Threshold);
    }

    [Fact]
    public void Load_FolderThatIsMissing_IsAProblemAndNoReasonNotToStart()
    {
        var list = FaceListSource.Load(new FaceListConfig { Folder = "/absent/list" }, FacePack.Models, CancellationToken.None).Now;
        Assert.Equal(float.PositiveInfinity, list.Threshold);
        Assert.Contains(list.Problems, problem => problem.ToString().StartsWith("gallery: /absent/list: "));
    }
}
