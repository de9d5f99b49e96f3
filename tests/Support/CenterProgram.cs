namespace Picket.Tests.Support;

/// <summary>The built <c>picket-center</c>, as a person starts it.</summary>
internal static class CenterProgram
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "picket-center");

    public static Task<ProgramResult> RunAsync(params IEnumerable<string> arguments) =>
        ExternalProgram.RunAsync(Path, arguments);

    /// <summary>The lines of standard error.</summary>
    public static string[] ErrorLines(this ProgramResult run) =>
        run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
