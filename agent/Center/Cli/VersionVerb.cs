using System.CommandLine;
using System.Reflection;

namespace Picket.Center.Cli;

/// <summary><c>picket-center version</c>.</summary>
internal static class VersionVerb
{
    public static Command Create()
    {
        var verb = new Command("version", "Prints the version. Example: picket-center version");
        verb.SetAction(_ =>
        {
            var version = typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
            Console.Out.WriteLine(version?.InformationalVersion);
            return (int)ExitCode.Done;
        });
        return verb;
    }
}
