using Picket.Faults.Phases;

/// <summary>Run by .NET before the main program of the unchanged <c>picket-center</c>, when the variable
/// DOTNET_STARTUP_HOOKS names this assembly: makes it tell its phases.</summary>
/// <remarks>Name and place are .NET's (docs/design/features/host-startup-hook.md in dotnet/runtime): no
/// namespace.</remarks>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Announcer.FromEnvironment() is { } announcer) SqlitePhases.Install(announcer);
    }
}
