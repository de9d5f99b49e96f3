using System.CommandLine;

namespace Picket.Faults.Cases;

/// <summary><c>Picket.Faults run</c>: the supervisor.</summary>
internal static class MatrixVerb
{
    public static Command Create()
    {
        var isShort = new Option<bool>("--short") { Description = "The part that make test runs: under 90 s." };
        var seed = new Option<int>("--seed")
        {
            Description = "The same seed aims at the same moments.",
            DefaultValueFactory = _ => 20261122,
        };
        var only = new Option<string?>("--only") { Description = "Cases whose name holds this.", HelpName = "TEXT" };
        var folder = new Option<string>("--folder")
        {
            Description = "Where the sites and their logs go; what passed is removed.",
            Required = true,
        };
        var report = new Option<string?>("--report")
        {
            Description = "Writes the table there, in Markdown.",
            HelpName = "FILE",
        };
        var verb = new Command("run", "Runs the matrix; exit code 0 when nothing is lost and nothing is twice.")
        {
            isShort, seed, only, folder, report,
        };
        verb.SetAction(parsed => new Matrix(
            parsed.GetRequiredValue(folder), parsed.GetValue(seed), parsed.GetValue(isShort), parsed.GetValue(only),
            parsed.GetValue(report)).RunAsync());
        return verb;
    }
}
