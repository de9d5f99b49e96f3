using Picket.Tests.Support;

namespace Picket.Tests.Packaging;

/// <summary>Budgets of what is carried onto a machine.</summary>
public sealed class SizesTests
{
    /// <summary>Without models: 34 MB, of it ONNX Runtime 22. Once it was 99, with libraries for 31 platforms.</summary>
    [Fact]
    public void Node_AsPublished_IsAtMost60Megabytes() =>
        Assert.InRange(Megabytes("artifacts", "lib", "picket"), 1, 60);

    /// <summary>Models, clips and the plate reader's peer: 86 MB. With ONNX Runtime for all platforms it was 470.</summary>
    [Fact]
    public void NpmPackages_AreAtMost100Megabytes() =>
        Assert.InRange(Megabytes("models", "node_modules"), 1, 100);

    private static double Megabytes(params string[] folder) =>
        new DirectoryInfo(Repository.Path(folder)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) / 1e6;
}
