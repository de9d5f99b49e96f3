using System.CommandLine;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary><c>picket-center ca rotate</c>: replaces the site's authority while everything runs.</summary>
internal static class CaRotateVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var finish = new Option<bool>("--finish")
        {
            Description = "The second step: the old authority is no longer trusted, and its key is removed.",
        };
        var force = new Option<bool>("--force")
        {
            Description = "With --finish: even if some nodes have not fetched their new certificate yet; they are cut off.",
        };
        var command = new Command(
            "rotate",
            """
            Replaces the site's authority. First step: a new one is created and signs nodes from now on; the old one stays trusted.
            Running nodes fetch both by themselves within a day or so; nodes without a line get a bundle with node sign --renew,
            operators a certificate with operator add --renew.
            Second step, when everyone has a new certificate: the old authority ends.

            Examples:
              picket-center ca rotate --state /var/lib/picket-center
              picket-center ca rotate --state /var/lib/picket-center --finish
            """)
        { state, finish, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(force) && !result.GetValue(finish)) result.AddError("--force needs --finish");
        });
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = parsed.GetRequiredValue(state);
            var time = TimeProvider.System;
            using var held = await folder.TakeLockAsync(time, cancel);
            if (parsed.GetValue(finish))
            {
                Rotation.Finish(folder, parsed.GetValue(force), time);
                Console.WriteLine("the old authority has ended; its key is removed");
                Console.WriteLine("restart the broker at a quiet moment: only then does it forget the old authority completely");
            }
            else
            {
                Rotation.Begin(folder, time);
                Console.WriteLine("a new authority signs nodes from now on; the old one stays trusted");
                Console.WriteLine($"{Rotation.Behind(folder, time).Length} need a new certificate: nodes ask daily, "
                    + "operators get one with operator add --renew");
                Console.WriteLine($"then:  picket-center ca rotate --state {ShellText.Word(folder.Root)} --finish");
            }
            return (int)ExitCode.Done;
        });
        return command;
    }
}
