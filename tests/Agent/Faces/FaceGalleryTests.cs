using Picket.Agent.Faces;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceGalleryTests
{
    [Fact]
    public void Search_SeveralPicturesOfAPerson_FindsThePersonOfTheNearest()
    {
        var gallery = new FaceGallery(3, [("ann", [1, 0, 0]), ("bob", [0, 1, 0]), ("ann", [0, 0, 1])]);
        var match = gallery.Search([0, 0.6f, 0.8f]);
        Assert.Equal("ann", gallery.People[match.Person]);
        Assert.Equal(0.8f, match.Similarity, 1e-6f);
        Assert.Equal(3, gallery.Count);
        Assert.Equal(["ann", "bob"], gallery.People);
    }

    [Fact]
    public void Search_EmptyGallery_FindsNobody() =>
        Assert.Equal(FaceMatch.None, new FaceGallery(3, []).Search([1, 0, 0]));

    // The reference is a plain loop in double precision.
    [Fact]
    public void Search_TenThousandPeople_EqualsAPlainLoop()
    {
        const int people = 10_000, dimensions = 512;
        var random = new Random(1);
        var faces = Enumerable.Range(0, people).Select(i => ($"p{i}", Unit(random, dimensions))).ToArray();
        var gallery = new FaceGallery(dimensions, faces);
        var probe = Unit(random, dimensions);
        var match = gallery.Search(probe);
        var sums = faces.Select(face => face.Item2.Zip(probe).Sum(pair => (double)pair.First * pair.Second)).ToArray();
        Assert.Equal(Array.IndexOf(sums, sums.Max()), match.Person);
        Assert.Equal(sums.Max(), match.Similarity, 1e-5);
    }

    [Fact]
    public void Search_Repeated_AllocatesNothing()
    {
        var gallery = new FaceGallery(3, [("ann", [1, 0, 0])]);
        float[] probe = [0, 1, 0];
        gallery.Search(probe);
        Assert.Equal(0, Allocation.Of(() => gallery.Search(probe)));
    }

    [Fact]
    public void Search_EmbeddingOfAnotherModel_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaceGallery(3, [("ann", [1, 0, 0])]).Search([1, 0]));

    [Fact]
    public void Constructor_EmbeddingOfAnotherLength_NamesThePerson()
    {
        var error = Assert.Throws<ArgumentException>(() => new FaceGallery(3, [("ann", [1, 0])]));
        Assert.Contains("ann", error.Message);
    }

    private static float[] Unit(Random random, int dimensions)
    {
        var values = Enumerable.Range(0, dimensions).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var length = MathF.Sqrt(values.Sum(v => v * v));
        return [.. values.Select(v => v / length)];
    }
}
