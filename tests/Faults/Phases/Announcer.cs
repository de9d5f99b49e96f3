using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Picket.Faults.Phases;

/// <summary>Tells the supervisor over a pipe what this process is doing, a line each: process id, monotonic time in
/// nanoseconds, word, numbers. Any thread.</summary>
/// <remarks>A line is shorter than PIPE_BUF: lines of several threads do not mix, and a line is there whole or not at
/// all.</remarks>
internal sealed class Announcer(string pipe)
{
    /// <summary>Names the pipe; without it a process says nothing.</summary>
    public const string Variable = "PICKET_FAULTS_PHASES";

    private readonly FileStream _pipe = new(
        pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    public static Announcer? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } pipe ? new Announcer(pipe) : null;

    public void Say(string word, int first = 0, int second = 0)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Monotonic()} {word} {first} {second}\n");
        try
        {
            _pipe.Write(Encoding.ASCII.GetBytes(line));
        }
        catch (IOException)
        {
            // The supervisor has gone, and will kill this process or has forgotten it: nobody listens.
            return;
        }
    }

    /// <summary>CLOCK_MONOTONIC in nanoseconds: the same in all processes of the machine.</summary>
    public static long Monotonic() =>
        (long)((Int128)Stopwatch.GetTimestamp() * 1_000_000_000 / Stopwatch.Frequency);
}
