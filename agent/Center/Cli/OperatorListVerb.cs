using System.CommandLine;
using System.Text.Json;
using Picket.Center.Enroll;
using Spectre.Console;

namespace Picket.Center.Cli;

/// <summary><c>picket-center operator list</c>: who may use the console.</summary>
internal static class OperatorListVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var json = new Option<bool>("--json") { Description = "Write a JSON array instead of a table." };
        var command = new Command(
            "list",
            """
            Lists the people who have a certificate for the console, and those who were shut out.

            Example:
              picket-center operator list --state /var/lib/picket-center
            """)
        { state, json };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var operators = OperatorRegistry.Load(folder).Operators;
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(operators.ToArray(), EnrollJson.Default.OperatorEntryArray));
            else if (operators.Count == 0)
                Console.WriteLine("nobody may use the console yet; add a person with: picket-center operator add");
            else AnsiConsole.Write(Table(operators));
            foreach (var line in Endings.OfPersons(folder, TimeProvider.System)) Console.Error.WriteLine($"picket-center: {line}");
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Table Table(IEnumerable<OperatorEntry> operators)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("operator", "role", "signed", "expires", "shut out");
        foreach (var one in operators)
            table.AddRow(
                one.Name, one.Role.ToString().ToLowerInvariant(), $"{one.SignedAt:yyyy-MM-dd}", $"{one.NotAfter:yyyy-MM-dd}",
                $"{one.Revoked:yyyy-MM-dd}");
        return table;
    }
}
