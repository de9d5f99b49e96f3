using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Cli;

/// <summary><c>picket outbox status|list|spool|acks</c>: reads the outbox beside a running node, or without one, and
/// carries by hand what waits in it.</summary>
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
        verb.Subcommands.Add(Spool());
        verb.Subcommands.Add(Acks());
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
            var folder = Path.GetFullPath(result.GetValue(state)!);
            using var outbox = OutboxReader.Open(folder);
            var status = Read(() => OutboxReport.Of(outbox, TelemetryFile.TryRead(folder)), folder);
            result.InvocationConfiguration.Output.WriteLine(
                result.GetValue(json) ? JsonSerializer.Serialize(status, OutboxJson.Default.OutboxReport) : status.Text());
            return (int)ExitCode.Done;
        });
        return verb;
    }

    private static Command List()
    {
        var (state, json) = (StateOption(), JsonOption());
        var limit = new Option<int>("--limit")
        {
            Description = "How many to list, newest first.",
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
            var folder = Path.GetFullPath(result.GetValue(state)!);
            using var outbox = OutboxReader.Open(folder);
            var newest = Read(() => outbox.ReadNewest(result.GetValue(limit), result.GetValue(pending)), folder);
            foreach (var (e, ackedAt, refused) in newest)
            {
                var line = OutboxLine.Of(e, ackedAt, refused);
                result.InvocationConfiguration.Output.WriteLine(
                    result.GetValue(json) ? JsonSerializer.Serialize(line, OutboxJson.Default.OutboxLine) : Text(line));
            }
            return (int)ExitCode.Done;
        });
        return verb;
    }

    private static Command Spool()
    {
        var (state, json) = (StateOption(), JsonOption());
        var folder = new Argument<string>("FOLDER") { Description = "Where the files go, such as a stick." };
        var verb = new Command("spool", """
            Writes what the center has not acknowledged to signed files, for picket-center import. What is already in
            FOLDER is not written again; nothing is marked as sent.

            Example: picket outbox spool /media/stick --state /var/lib/picket
            """)
        {
            folder, state, json,
        };
        verb.SetAction((result, cancel) =>
        {
            var output = result.InvocationConfiguration.Output;
            var stateFolder = Path.GetFullPath(result.GetValue(state)!);
            var name = PlainText.Of(result.GetValue(folder), 300);
            var files = 0;
            var (isFull, pendingCount) = Export(
                stateFolder, Path.GetFullPath(result.GetValue(folder)!),
                file =>
                {
                    files++;
                    output.WriteLine(
                        result.GetValue(json)
                            ? JsonSerializer.Serialize(file, OutboxJson.Default.SpoolWritten)
                            : $"{PlainText.Of(file.Path, 300)}  {file.Events} events, {file.Crops} pictures, {file.Bytes / 1024} kB");
                },
                cancel);
            if (isFull)
                throw new PicketException($"{name}: no room for the rest; name another folder; what is in this one is complete");
            if (files == 0)
                throw new PicketException(
                    pendingCount == 0
                        ? "nothing was written: nothing waits for the center"
                        : $"nothing was written: all that waits is in {name} already");
            return Task.FromResult((int)ExitCode.Done);
        });
        return verb;
    }

    /// <summary>Whether there was more than fits, and how many events and pictures wait.</summary>
    private static (bool IsFull, long Pending) Export(string state, string folder, Action<SpoolWritten> written, CancellationToken cancel)
    {
        using var outbox = OutboxReader.Open(state);
        var signature = SpoolSignature.Load(new NodeIdentity(state));
        var stick = new SpoolStick(folder, signature.Node, signature);
        try
        {
            stick.Look();
            var export = new SpoolExport(outbox, stick, signature, new SpoolNumbers(state), TimeProvider.System);
            while (export.TryWriteFile(cancel) is { } file) written(file);
            return (export.IsFull, outbox.PendingCount());
        }
        catch (Exception e) when (e is (IOException and not OutputException) or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"{PlainText.Of(folder, 300)}: can't be written ({PlainText.Of(e.Message, 300)}); name a folder that this "
                    + "account may write",
                inner: e);
        }
        catch (SqliteException e)
        {
            throw new PicketException($"{state}: the outbox can't be read now ({e.Message})", inner: e);
        }
    }

    private static Command Acks()
    {
        var state = StateOption();
        var files = new Argument<string[]>("FILE")
        {
            Description = "What picket-center import --acks has written.",
            Arity = ArgumentArity.OneOrMore,
        };
        var verb = new Command(
            "acks",
            "Applies the center's signed acks from files. Example: picket outbox acks /media/stick/*.acks "
            + "--state /var/lib/picket")
        {
            files, state,
        };
        verb.SetAction(result =>
        {
            var stateFolder = Path.GetFullPath(result.GetValue(state)!);
            StateOwner.Require(stateFolder);
            var signature = SpoolSignature.Load(new NodeIdentity(stateFolder));
            var failed = 0;
            foreach (var file in result.GetValue(files)!)
            {
                var name = PlainText.Of(file, 300);
                if (SpoolAcks.TryRead(file, signature, out var error) is { } lists)
                {
                    var marked = OutboxAcks.Mark(stateFolder, lists, TimeProvider.System);
                    result.InvocationConfiguration.Output.WriteLine($"{name}  {marked} newly acknowledged");
                    if (lists.Sum(ids => ids.Length) > 0) continue;
                    error = "it acknowledges nothing";
                }
                failed++;
                result.InvocationConfiguration.Error.WriteLine(
                    $"picket: {name}: {PlainText.Of(error, 300)}; nothing of it is taken");
            }
            return (int)(failed == 0 ? ExitCode.Done : ExitCode.Failed);
        });
        return verb;
    }

    /// <summary>A read error of the disk is not a bug.</summary>
    private static T Read<T>(Func<T> read, string folder)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            throw new PicketException($"{folder}: the outbox can't be read ({e.Message})", inner: e);
        }
    }

    private static Option<string> StateOption() =>
        new("--state") { Description = "The node's state folder.", HelpName = "DIR", Required = true };

    private static Option<bool> JsonOption() => new("--json") { Description = "JSON, one object a line." };

    private static string Text(OutboxLine line) => string.Create(
        CultureInfo.InvariantCulture,
        $"{line.Seq,8}  {line.At:yyyy-MM-dd HH:mm:ss}  {line.Kind,-12} {line.Phase,-7} {line.Camera ?? "-",-20} "
        + $"{(line.Refused is { } why ? $"dead letter ({why})" : line.AckedAt is null ? "pending" : "acked")}");
}

/// <summary>What <c>picket outbox list</c> shows of an event: its state, not whom it is about.</summary>
/// <param name="Refused">For a dead letter, why the center will never take it.</param>
/// <param name="Kind">As on the wire; so is <paramref name="Phase"/>.</param>
internal sealed record OutboxLine(
    long Seq, Guid Id, DateTimeOffset At, string Kind, string? Camera, Guid? Passage, string? Phase,
    DateTimeOffset? AckedAt, string? Refused)
{
    public static OutboxLine Of(EventEnvelope e, DateTimeOffset? ackedAt, string? refused) => new(
        e.Seq,
        e.Id,
        e.At,
        JsonSerializer.Serialize(e.Kind, WireJsonContext.Default.EventKind).Trim('"'),
        e.Camera,
        e.Passage,
        e.Phase is { } phase ? JsonSerializer.Serialize(phase, WireJsonContext.Default.PassagePhase).Trim('"') : null,
        ackedAt,
        refused);
}

/// <summary>The JSON of <c>picket outbox</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OutboxReport))]
[JsonSerializable(typeof(OutboxLine))]
[JsonSerializable(typeof(SpoolWritten))]
internal sealed partial class OutboxJson : JsonSerializerContext;
