using System.Text.Json;
using System.Text.RegularExpressions;
using Picket.Tests.Support;

namespace Picket.Tests.Packaging;

/// <summary>The list of what Picket is made of: <c>make sbom</c>.</summary>
public sealed partial class SbomTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();
    private JsonElement _bom;

    private IEnumerable<JsonElement> Components => _bom.GetProperty("components").EnumerateArray();

    public async Task InitializeAsync()
    {
        await ExternalProgram.OutputOfAsync(
            "/usr/bin/python3", Repository.Path("packaging", "sbom.py"), _temp.File("bom.json"), _temp.File("licenses.txt"));
        _bom = JsonDocument.Parse(await File.ReadAllBytesAsync(_temp.File("bom.json"))).RootElement;
    }

    public Task DisposeAsync()
    {
        _temp.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The fields that the schema requires, and the values that it allows for those that are used
    /// (cyclonedx.org/schema/bom-1.6.schema.json).</summary>
    [Fact]
    public void Document_ByTheSchema_IsCycloneDx()
    {
        Assert.Equal(("CycloneDX", "1.6", 1), (Text(_bom, "bomFormat"), Text(_bom, "specVersion"), _bom.GetProperty("version").GetInt32()));
        Assert.Matches(Serial(), Text(_bom, "serialNumber"));
        Assert.True(_bom.GetProperty("metadata").GetProperty("timestamp").TryGetDateTimeOffset(out _));
        string[] types = ["application", "framework", "library", "machine-learning-model"];
        string[] algorithms = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
        foreach (var component in Components)
        {
            Assert.Contains(Text(component, "type"), types);
            Assert.NotEqual("", Text(component, "name"));
            Assert.Contains(Text(component, "scope"), (string[])["required", "excluded"]);
            Assert.Matches(PackageUrl(), Text(component, "purl"));
            Assert.All(component.GetProperty("licenses").EnumerateArray(), IsLicense);
            if (!component.TryGetProperty("hashes", out var hashes)) continue;
            foreach (var hash in hashes.EnumerateArray())
            {
                Assert.Contains(Text(hash, "alg"), algorithms);
                Assert.Matches(HashContent(), Text(hash, "content"));
            }
        }
    }

    [Fact]
    public void References_WithinTheDocument_AreUniqueAndThere()
    {
        var references = Components.Append(_bom.GetProperty("metadata").GetProperty("component")).Select(c => Text(c, "bom-ref")).ToArray();
        Assert.Equal(references.Length, references.Distinct().Count());
        foreach (var edge in _bom.GetProperty("dependencies").EnumerateArray())
        {
            Assert.Contains(Text(edge, "ref"), references);
            Assert.All(edge.GetProperty("dependsOn").EnumerateArray(), to => Assert.Contains(to.GetString()!, references));
        }
    }

    [Fact]
    public void Licenses_OfAllComponents_AreKnown() =>
        Assert.All(Components, component => Assert.NotEqual(0, component.GetProperty("licenses").GetArrayLength()));

    /// <summary>What is really in the output folder, asked in another way: the names of the libraries in the
    /// programs' own list of dependencies, which the SDK writes.</summary>
    [Theory]
    [InlineData("picket.deps.json")]
    [InlineData("picket-center.deps.json")]
    public void Components_OfTheBuiltPrograms_AreAllThere(string file)
    {
        var libraries = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)))
            .RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => Text(library.Value, "type") == "package")
            .Select(library => $"pkg:nuget/{library.Name.Replace('/', '@')}").ToArray();
        var required = Components.Where(c => Text(c, "scope") == "required").Select(c => Text(c, "purl"));

        Assert.NotEmpty(libraries);
        Assert.Empty(libraries.Except(required));
    }

    [Fact]
    public void Components_OfOtherKinds_AreThere()
    {
        var references = string.Join('\n', Components.Select(c => Text(c, "bom-ref")));
        string[] parts =
        [
            "pkg:deb/debian/libavcodec59@", "pkg:nuget/Microsoft.ML.OnnxRuntime@", "pkg:generic/picket-model-plate-read@",
            "pkg:generic/Microsoft.NETCore.App@10.",
        ];
        foreach (var part in parts)
            Assert.Contains(part, references);
    }

    /// <summary>A package whose license nobody knows ends the command: here one that Debian describes in no form that can be
    /// read, and that no person has looked at.</summary>
    [Fact]
    public async Task Command_ComponentWithoutALicense_EndsWithItsName()
    {
        var script = await File.ReadAllTextAsync(Repository.Path("packaging", "sbom.py"));
        Assert.Contains("\"pkg:deb/debian/python3\":", script);
        var changed = script.Replace("\"pkg:deb/debian/python3\":", "\"pkg:deb/debian/nothing\":", StringComparison.Ordinal)
            .Replace("os.path.dirname(os.path.dirname(os.path.abspath(__file__)))", $"'{Repository.Root}'", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_temp.File("changed.py"), changed);

        var run = await ExternalProgram.RunAsync("/usr/bin/python3", _temp.File("changed.py"), _temp.File("a.json"), _temp.File("a.txt"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("pkg:deb/debian/python3@", run.Errors);
        Assert.False(File.Exists(_temp.File("a.json")));
    }

    private static void IsLicense(JsonElement license)
    {
        if (license.TryGetProperty("expression", out _)) return;
        var one = license.GetProperty("license");
        // Exactly one of both; an id is one of SPDX's list, which has no blanks and no plus but at the end.
        if (one.TryGetProperty("id", out var id)) Assert.Matches(SpdxId(), id.GetString()!);
        else Assert.NotEqual("", Text(one, "name"));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [GeneratedRegex("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    private static partial Regex Serial();

    [GeneratedRegex("^pkg:(nuget|npm|deb/debian|generic)/[^@ ]+@[^@ ]+$")]
    private static partial Regex PackageUrl();

    [GeneratedRegex("^([a-f0-9]{40}|[a-f0-9]{64}|[a-f0-9]{96}|[a-f0-9]{128})$")]
    private static partial Regex HashContent();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9.\-]+$")]
    private static partial Regex SpdxId();
}
