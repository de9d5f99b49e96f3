using System.Reflection;
using System.Text.Json;
using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>The lines that <c>make mutants</c> breaks are where its list says: a list that rots proves nothing.</summary>
public sealed class MutantsTests
{
    [Fact]
    public async Task Mutants_Lines_StandOnceInTheirFiles()
    {
        var result = await ExternalProgram.RunAsync("/usr/bin/python3", Repository.Path("tests", "Mutants", "run.py"), "--check");

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    /// <summary>As the runner names them: a test of a base class stands under each class that is made of it.</summary>
    [Fact]
    public void Mutants_Tests_AreThere()
    {
        const string Is = "FullyQualifiedName~";
        var names = typeof(MutantsTests).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false })
            .SelectMany(type => type.GetMethods().Where(method => method.GetCustomAttributes<FactAttribute>().Any())
                .Select(method => $"{type.FullName}.{method.Name}"))
            .ToArray();
        using var list = JsonDocument.Parse(File.ReadAllText(Repository.Path("tests", "Mutants", "mutants.json")));
        var filters = list.RootElement.EnumerateArray()
            .SelectMany(mutant => mutant.GetProperty("tests").GetString()!.Split('|')).Distinct();

        Assert.All(filters, filter => Assert.StartsWith(Is, filter));
        Assert.All(filters, filter => Assert.Contains(names, name => name.Contains(filter[Is.Length..], StringComparison.Ordinal)));
    }
}
