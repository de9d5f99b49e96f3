using Picket.Center.Receive;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Receive;

public sealed class AlertPrinterTests
{
    private static string Printed(string golden)
    {
        var bytes = File.ReadAllBytes(Repository.Path("tests", "Wire", "Golden", golden + ".json"));
        var output = new StringWriter();
        new AlertPrinter(output, json: false, TimeProvider.System).Print([EventCheck.Read("node-7", bytes, out _)!]);
        return output.ToString();
    }

    /// <summary>A watch that is not kept as it should is for a person, a list that is in order is not.</summary>
    [Fact]
    public void Print_ListWithAProblem_SaysWhatStandsIn()
    {
        Assert.Contains(
            "LIST   stolen (plates), 1204 entries of its last good copy: /lists/stolen.csv can't be read (no such file)",
            Printed("list.applied.problem"));
        Assert.Equal("", Printed("list.applied"));
    }
}
