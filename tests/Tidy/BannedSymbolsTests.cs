using System.Reflection;
using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>The analyzers that hold the programs' threads and clocks are there and see what they should; that none of it is used
/// is the build's own matter, where it is an error.</summary>
public sealed class BannedSymbolsTests
{
    /// <summary>The analyzer overlooks a line that names nothing, without a word.</summary>
    [Fact]
    public void BannedSymbols_AllOfThem_AreMembersOfTheFramework()
    {
        var banned = File.ReadAllLines(Repository.Path("agent", "BannedSymbols.txt")).Select(line => line.Split(';')[0]).ToArray();

        var members = banned.Select(TypeOf).Distinct().SelectMany(MembersOf).ToHashSet();

        Assert.NotEmpty(banned);
        Assert.Empty(banned.Except(members));
    }

    /// <summary>A new overload would be a way around the list.</summary>
    [Theory]
    [InlineData(typeof(Thread), nameof(Thread.Sleep))]
    [InlineData(typeof(Task), nameof(Task.Wait))]
    [InlineData(typeof(Task), nameof(Task.WaitAll))]
    [InlineData(typeof(Task), nameof(Task.WaitAny))]
    public void BannedSymbols_OfAMethod_HaveEveryOverload(Type type, string name)
    {
        var banned = File.ReadAllLines(Repository.Path("agent", "BannedSymbols.txt")).Select(line => line.Split(';')[0]);

        Assert.Empty(type.GetMethods().Where(method => method.Name == name && method.DeclaringType == type).Select(Id).Except(banned));
    }

    [Fact]
    public void Projects_UnderAgent_ImportTheAnalyzers()
    {
        var properties = File.ReadAllText(Repository.Path("agent", "Directory.Build.props"));

        Assert.Contains("Include=\"Microsoft.CodeAnalysis.BannedApiAnalyzers\"", properties, StringComparison.Ordinal);
        Assert.Contains("Include=\"Meziantou.Analyzer\"", properties, StringComparison.Ordinal);
        // The nearest one is the only one that is read.
        Assert.Equal(
            ["agent/Directory.Build.props"],
            Directory.EnumerateFiles(Repository.Path("agent"), "Directory.Build.props", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Repository.Root, path)));
        // Nobody has switched it off for a file.
        Assert.DoesNotContain(SourceFile.OfAgent, file => file.Code.Contains("disable RS0030", StringComparison.Ordinal));
        Assert.DoesNotContain(SourceFile.OfAgent, file => file.Code.Contains("disable MA0", StringComparison.Ordinal));
    }

    /// <summary>The type in the name of a member: as far as there is one.</summary>
    private static Type TypeOf(string id)
    {
        var name = id[2..].Split('(')[0];
        var end = name.LastIndexOf('.');
        var type = name[..end];
        return typeof(object).Assembly.GetType(type)
            ?? typeof(object).Assembly.GetType($"{type[..type.LastIndexOf('.')]}+{type[(type.LastIndexOf('.') + 1)..]}")
            ?? throw new InvalidOperationException($"{id}: there is no such type");
    }

    private static IEnumerable<string> MembersOf(Type type) =>
        type.GetMethods().Select(Id).Concat(type.GetProperties().Select(property => $"P:{Name(type)}.{property.Name}"));

    private static string Id(MethodInfo method)
    {
        var parameters = string.Join(',', method.GetParameters().Select(parameter => Name(parameter.ParameterType)));
        return $"M:{Name(method.DeclaringType!)}.{method.Name}{(parameters.Length > 0 ? $"({parameters})" : "")}";
    }

    private static string Name(Type type)
    {
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type is { IsGenericType: true, IsGenericTypeDefinition: false })
        {
            var name = type.GetGenericTypeDefinition().FullName!;
            return $"{name[..name.IndexOf('`')]}{{{string.Join(',', type.GenericTypeArguments.Select(Name))}}}";
        }
        return (type.FullName ?? type.Name).Replace('+', '.');
    }
}
