using Picket.Wire;

namespace Picket.Host;

/// <summary>How every verb of both programs ends: with an <see cref="ExitCode"/>, and what it throws as one line on standard
/// error.</summary>
public static class ErrorBoundary
{
    /// <summary>An internal error's text may hold what came from outside; it stays one line.</summary>
    private const int MaxChars = 400;

    /// <summary>Turns core dumps off, then runs a verb until it ends or its time after a signal is over.</summary>
    /// <param name="program">Starts each line.</param>
    /// <param name="patience">How long the verb has after the first signal. Zero for one that knows no cancellation: it is done
    /// at once and leaves nothing half finished.</param>
    public static async Task<int> RunAsync(string program, TimeSpan patience, Func<CancellationToken, Task<int>> verb)
    {
        using var signals = new EndSignals();
        var debug = Environment.GetEnvironmentVariable("PICKET_DEBUG") == "1";
        // Some verbs block, so the signals are awaited here.
        var running = Task.Run(() => ReportedAsync(
            program,
            end =>
            {
                CoreDumps.TurnOff();
                return verb(end);
            },
            Console.Error,
            debug,
            signals.Token));
        if (await signals.WaitAsync(running, patience)) return await running;
        if (patience > TimeSpan.Zero) Console.Error.WriteLine($"{program}: did not end within {patience.TotalSeconds:F0} s");
        return (int)ExitCode.Failed;
    }

    /// <summary>The verb's exit code; what it throws becomes one line on <paramref name="errors"/> and the exit code that
    /// belongs to it.</summary>
    /// <param name="debug">Whether an internal error comes with its stack.</param>
    public static async Task<int> ReportedAsync(
        string program, Func<CancellationToken, Task<int>> verb, TextWriter errors, bool debug, CancellationToken cancel)
    {
        try
        {
            return await verb(cancel);
        }
        catch (PicketException e)
        {
            errors.WriteLine($"{program}: {e.Message}");
            return (int)e.ExitCode;
        }
        catch (OutputException e)
        {
            if (!e.IsReaderGone) errors.WriteLine($"{program}: {e.Message}");
            return (int)ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The verb has ended what it started.
            return (int)ExitCode.Failed;
        }
        catch (Exception e)
        {
            // A bug: one line for the user, the rest for whoever looks into it; no abort, whose core would hold faces.
            errors.WriteLine($"{program}: internal error: {e.GetType().Name}: {PlainText.Of(e.Message, MaxChars)}");
            if (debug) errors.WriteLine(e);
            return (int)ExitCode.Failed;
        }
    }

    /// <summary>Reports what is wrong with a command line.</summary>
    public static int BadUsage(string program, IEnumerable<string> faults)
    {
        foreach (var fault in faults) Console.Error.WriteLine($"{program}: {fault}");
        Console.Error.WriteLine($"{program}: add --help after the verb for its options and an example");
        return (int)ExitCode.BadUsage;
    }
}
