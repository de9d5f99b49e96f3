using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Picket.Agent.Outbox;

namespace Picket.Agent.Cli;

/// <summary><c>picket outbox status</c> and <c>picket outbox list</c>: reads the outbox beside a running node, or
/// without one.</summary>
internal static class OutboxVerb
{
    private const int DefaultLimit = 20;

    public static Command Create()
    {
        var verb = new Command(
            "outbox",
            "Shows what the node keeps for the center. Example: picket outbox status --state /var/lib/picket");
        verb.Subcommands.Add(Status());
        verb.Subcommands.Add(List());
        return verb;
    }

    private static Command Status()
    {
        var (state, json) = (StateOption(), JsonOption());
        var verb = new Command(
            "status", "Counts events and crops. Example: picket outbox status --state /var/lib/picket --json")
        {
            state, json,
        };
        verb.SetAction(result =>
        {
            using var outbox = OutboxReader.Open(Path.GetFullPath(result.GetValue(state)!));
            var status = outbox.Status();
            result.InvocationConfiguration.Output.WriteLine(
                result.GetValue(json)
                    ? JsonSerializer.Serialize(status, OutboxJson.Default.OutboxStatus)
                    : Text(status));
            return (int)ExitCode.Done;
        });
        return verb;
    }

    private static Command List()
    {
        var (state, json) = (StateOption(), JsonOption());
        var limit = new Option<int>("--limit")
        {
            Description = "How many, newest first.",
            DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--limit must be at least 1");
        });
        var pending = new Option<bool>("--pending") { Description = "Only those without the center's ack." };
        var verb = new Command(
            "list", "Lists events, newest first. Example: picket outbox list --state /var/lib/picket --pending")
        {
            state, json, limit, pending,
        };
        verb.SetAction(result =>
        {
            using var outbox = OutboxReader.Open(Path.GetFullPath(result.GetValue(state)!));
            foreach (var (e, ackedAt) in outbox.ReadNewest(result.GetValue(limit), result.GetValue(pending)))
            {
                var line = OutboxLine.Of(e, ackedAt);
                result.InvocationConfiguration.Output.WriteLine(
                    result.GetValue(json) ? JsonSerializer.Serialize(line, OutboxJson.Default.OutboxLine) : Text(line));
            }
            return (int)ExitCode.Done;
        });
        return verb;
    }

    private static Option<string> StateOption() =>
        new("--state") { Description = "The node's state folder.", HelpName = "DIR", Required = true };

    private static Option<bool> JsonOption() => new("--json") { Description = "JSON, one object a line." };

    private static string Text(OutboxStatus s) => string.Create(CultureInfo.InvariantCulture, $"""
        epoch     {s.Epoch}
        last seq  {s.LastSeq}
        pending   {s.Pending} events ({s.PendingAlerts} alerts), {s.PendingCrops} crops; oldest {Text(s.OldestPending)}
        acked     {s.Acked} events
        used      {s.Bytes / 1024} kB
        lost      {s.LostEvents} events, {s.LostCrops} crops
        """);

    private static string Text(OutboxLine line) => string.Create(
        CultureInfo.InvariantCulture,
        $"{line.Seq,8}  {line.At:yyyy-MM-dd HH:mm:ss}  {line.Kind,-12} {line.Phase,-7} {line.Camera ?? "-",-20} "
        + $"{(line.AckedAt is null ? "pending" : "acked")}");

    private static string Text(DateTimeOffset? time) =>
        time is { } at ? at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "none";
}
