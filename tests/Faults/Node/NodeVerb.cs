using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Faults.Phases;
using Picket.Tests.Support;

namespace Picket.Faults.Node;

/// <summary><c>Picket.Faults node</c>: the node under test. Outbox, pump and link are the product's; a generator stands
/// in for the cameras, and commands come line by line on standard input.</summary>
internal static class NodeVerb
{
    /// <summary>A group commit of the product takes what came during the last one; a dozen is a busy moment.</summary>
    private const int MaxTogether = 12;

    private static readonly LinkOptions Quick = new()
    {
        AckTimeout = TimeSpan.FromSeconds(1),
        AbsenceRetry = TimeSpan.FromMilliseconds(100),
        BackoffMin = TimeSpan.FromMilliseconds(50),
        BackoffMax = TimeSpan.FromMilliseconds(500),
        RetryGivenUpAfter = TimeSpan.FromSeconds(5),
    };

    public static Command Create()
    {
        var settings = new Argument<string>("settings") { Description = "Settings, a JSON object." };
        var verb = new Command("node", "Started by the supervisor: the node under test.") { settings };
        verb.SetAction(async (parsed, cancel) =>
        {
            await RunAsync(JsonSerializer.Deserialize<NodeSettings>(parsed.GetRequiredValue(settings))!, cancel);
            return 0;
        });
        return verb;
    }

    private static async Task RunAsync(NodeSettings settings, CancellationToken cancel)
    {
        var announcer = Announcer.FromEnvironment();
        if (announcer is not null) SqlitePhases.Install(announcer);
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(c => c.SingleLine = true)
            .Services.Configure<ConsoleLoggerOptions>(c => c.LogToStandardErrorThreshold = LogLevel.Trace));
        var log = loggers.CreateLogger("node");
        var time = new SteppedTime();
        await using var outbox = OutboxStore.Open(settings.State, settings.Name, new OutboxConfig(), time, log);
        using var journal = new AcceptedJournal(settings.Journal);
        var generator = new EventGenerator(settings.Seed, settings.Run, time);
        // As the product's AgentRunner does at its start.
        foreach (var cut in outbox.OpenPassages()) await AcceptAsync(outbox, journal, [generator.EndCut(cut)], cancel);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pump = new LinkPump(
            outbox, settings.Name, [new EndpointConfig("localhost", settings.Port)],
            async (endpoint, stop) => Faulty(
                await MqttLink.DialAsync(endpoint, settings.Name, new NodeIdentity(settings.State), log, stop),
                settings, announcer),
            settings.IsQuick ? Quick : new LinkOptions(), time, log);
        var pumping = pump.RunAsync(ending.Token);
        Console.WriteLine("running");
        await ObeyAsync(outbox, journal, generator, time, new Random(settings.Seed ^ settings.Run), pumping, cancel);
        await ending.CancelAsync();
        await pumping;
    }

    /// <summary>Does what standard input says, and answers each line with itself when it is done.</summary>
    private static async Task ObeyAsync(
        OutboxStore outbox, AcceptedJournal journal, EventGenerator generator, SteppedTime time, Random dice,
        Task pumping, CancellationToken cancel)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync(cancel) is { } line && line != "stop")
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "burst":
                    await BurstAsync(outbox, journal, generator, dice, Number(words[1]), cancel);
                    break;
                case "away":
                    await AwayAsync(
                        outbox, journal, generator, time, Number(words[1]), TimeSpan.FromHours(Number(words[2])), cancel);
                    break;
                case "clock":
                    time.StepWallClock(TimeSpan.FromSeconds(Number(words[1])));
                    break;
                case "drain":
                    await DrainAsync(outbox, pumping, cancel);
                    break;
                default:
                    throw new ArgumentException($"no such command: {line}");
            }
            Console.WriteLine(line);
        }
    }

    /// <summary>Events in groups, as fast as they are committed, with pauses now and then: so commits, sends and acks run
    /// beside each other.</summary>
    private static async Task BurstAsync(
        OutboxStore outbox, AcceptedJournal journal, EventGenerator generator, Random dice, int count,
        CancellationToken cancel)
    {
        while (count > 0)
        {
            var together = Math.Min(count, dice.Next(1, MaxTogether + 1));
            count -= together;
            await AcceptAsync(
                outbox, journal, [.. Enumerable.Range(0, together).Select(_ => generator.Next())], cancel);
            if (dice.Next(3) == 0) await Task.Delay(dice.Next(1, 20), cancel);
        }
    }

    /// <summary>Events of many hours, evenly, while the clock is let run ahead.</summary>
    private static async Task AwayAsync(
        OutboxStore outbox, AcceptedJournal journal, EventGenerator generator, SteppedTime time, int count,
        TimeSpan duration, CancellationToken cancel)
    {
        const int Together = 250; // half of what one commit of the outbox takes
        for (var done = 0; done < count; done += Together)
        {
            var group = new EventDraft[Math.Min(Together, count - done)];
            for (var i = 0; i < group.Length; i++)
            {
                time.Pass(duration / count);
                group[i] = generator.Next();
            }
            await AcceptAsync(outbox, journal, group, cancel);
        }
    }

    private static async Task AcceptAsync(
        OutboxStore outbox, AcceptedJournal journal, EventDraft[] entries, CancellationToken cancel)
    {
        var events = await Task.WhenAll(entries.Select(entry => outbox.AppendAsync(entry, cancel)));
        journal.Write(entries.Zip(events));
    }

    private static async Task DrainAsync(OutboxStore outbox, Task pumping, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (outbox.Reader.HasPending())
        {
            if (pumping.IsCompleted) await pumping;
            await timer.WaitForNextTickAsync(cancel);
        }
    }

    private static ILink Faulty(ILink link, NodeSettings settings, Announcer? announcer)
    {
        if (announcer is not null) link = new AnnouncingLink(link, announcer);
        return settings.SeamFaults > 0 ? new FaultyLink(link, settings.Seed + settings.Run, settings.SeamFaults) : link;
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
