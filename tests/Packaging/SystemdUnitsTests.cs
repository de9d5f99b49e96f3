using System.Globalization;
using System.Text.RegularExpressions;
using Picket.Tests.Support;

namespace Picket.Tests.Packaging;

/// <summary>The shipped units, judged by systemd's own program.</summary>
public sealed partial class SystemdUnitsTests
{
    /// <summary>0 is a service that can do nothing, 10 one that can do everything; the network alone is 0.8 of it, and the
    /// just-in-time compiler 0.1.</summary>
    private const double MostExposure = 1.8;

    public static TheoryData<string> Units =>
        [.. Directory.GetFiles(Folder, "*.service").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Repository.Path("packaging", "systemd");

    [Fact]
    public void Units_Shipped_AreThoseOfNodeCenterAndBroker() =>
        Assert.Equal(
            ["picket-broker.service", "picket-center.service", "picket.service"],
            Directory.GetFiles(Folder, "*.service").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

    [SystemdTheory]
    [MemberData(nameof(Units))]
    public async Task Exposure_OfAUnit_IsLow(string unit)
    {
        var text = await ExternalProgram.OutputOfAsync(
            SystemdTheoryAttribute.Program, "security", "--offline=yes", "--no-pager", Path.Combine(Folder, unit));

        var overall = OverallExposure().Match(text);
        Assert.True(overall.Success, text);
        Assert.InRange(double.Parse(overall.Groups["level"].ValueSpan, CultureInfo.InvariantCulture), 0, MostExposure);
    }

    [SystemdTheory]
    [MemberData(nameof(Units))]
    public async Task Verify_OfAUnit_FindsNothing(string unit)
    {
        var run = await ExternalProgram.RunAsync(SystemdTheoryAttribute.Program, "verify", "--man=no", Path.Combine(Folder, unit));

        // Where Picket is not installed, its programs are not there either; the units of others are their matter.
        var faults = (run.Output + run.Errors).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.Contains("picket", StringComparison.Ordinal))
            .Where(line => !line.Contains("is not executable: No such file", StringComparison.Ordinal));
        Assert.Empty(faults);
    }

    /// <summary>An option that the program does not know ends a service at once, for ever again.</summary>
    [Theory]
    [InlineData("picket.service", "picket")]
    [InlineData("picket-center.service", "picket-center")]
    public async Task ExecStart_OfAUnit_UsesOptionsThatTheProgramHas(string unit, string program)
    {
        var words = ExecStart().Match(await File.ReadAllTextAsync(Path.Combine(Folder, unit))).Groups["words"].Value.Split(' ');

        Assert.Equal($"/usr/bin/{program}", words[0]);
        var help = await ExternalProgram.OutputOfAsync(Path.Combine(AppContext.BaseDirectory, program), words[1], "--help");
        Assert.All(words.Where(word => word.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains(option + " ", help));
    }

    [GeneratedRegex(@"Overall exposure level for \S+: (?<level>[0-9.]+) ")]
    private static partial Regex OverallExposure();

    [GeneratedRegex("^ExecStart=(?<words>.*)$", RegexOptions.Multiline)]
    private static partial Regex ExecStart();
}
