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
            Description = "The second step: the old authority is trusted no more, and its key is removed.",
        };
        var force = new Option<bool>("--force")
        {
            Description = "With --finish: even when nodes have not come for their new certificate; they are cut off.",
        };
        var command = new Command(
            "rotate",
            """
            Replaces the site's authority. First step: a new one is made and signs nodes from now on, the old one stays trusted.
            Running nodes fetch both by themselves within a day or so; nodes without a line get a bundle by node sign --renew,
            persons a certificate by operator add --renew.
            Second step, when all have come: the old one ends.

            Examples:
              picket-center ca rotate --state /var/lib/picket-center
              picket-center ca rotate --state /var/lib/picket-center --finish
            """)
        { state, finish, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(force) && !result.GetValue(finish)) result.AddError("--force goes with --finish");
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
                Console.WriteLine("start the broker again at a quiet moment: only then it forgets the old one altogether");
            }
            else
            {
                Rotation.Begin(folder, time);
                Console.WriteLine("a new authority signs nodes from now on; the old one stays trusted");
                Console.WriteLine($"{Rotation.Behind(folder, time).Length} need a new certificate: nodes ask daily, "
                    + "persons get one by operator add --renew");
                Console.WriteLine($"then:  picket-center ca rotate --state {ShellText.Word(folder.Root)} --finish");
            }
            return (int)ExitCode.Done;
        });
        return command;
    }
}
