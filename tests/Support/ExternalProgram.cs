using System.Diagnostics;

namespace Picket.Tests.Support;

/// <summary>Runs a program to its end; kills that one process (and its children) when the token is canceled.</summary>
internal static class ExternalProgram
{
    /// <summary>A hung program is a failed test, not a hung run.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static Task<ProgramResult> RunAsync(string program, params IEnumerable<string> arguments) =>
        RunAsync(program, Limit, arguments);

    public static async Task<ProgramResult> RunAsync(string program, TimeSpan atMost, IEnumerable<string> arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        process.StandardInput.Close(); // ffmpeg reads commands from it
        using var limit = new CancellationTokenSource(atMost);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ProgramResult(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>As <see cref="RunAsync"/>, and fails the test when the exit code is not 0.</summary>
    public static async Task<string> OutputOfAsync(string program, params IEnumerable<string> arguments)
    {
        var result = await RunAsync(program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} ended with {result.ExitCode}: {result.Errors}");
        return result.Output;
    }
}
