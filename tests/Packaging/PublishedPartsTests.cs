using System.Text.Json;
using Picket.Tests.Support;

namespace Picket.Tests.Packaging;

/// <summary>What only tests and benches use is in no installed program: what a program is published with is in its lock
/// file.</summary>
public sealed class PublishedPartsTests
{
    private static readonly string[] OfTests =
        ["OpenCvSharp4", "BenchmarkDotNet", "xunit", "FsCheck", "Microsoft.Playwright", "Microsoft.Extensions.TimeProvider.Testing"];

    [Theory]
    [InlineData("Agent")]
    [InlineData("Center")]
    public void Program_PublishedParts_HaveNothingOfTests(string project)
    {
        var parts = Parts("agent", project);

        Assert.Contains("Microsoft.Data.Sqlite", parts);
        Assert.DoesNotContain(parts, IsOfTests);
    }

    /// <summary>The test above sees what it looks for.</summary>
    [Fact]
    public void Tests_Parts_HaveThem() => Assert.Contains("OpenCvSharp4.official.runtime.linux-x64", Parts("tests").Where(IsOfTests));

    private static bool IsOfTests(string part) => OfTests.Any(name => part.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    private static string[] Parts(params string[] folder)
    {
        using var locked = JsonDocument.Parse(File.ReadAllText(Repository.Path([.. folder, "packages.lock.json"])));
        return
        [
            .. locked.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject()).Select(part => part.Name),
        ];
    }
}
