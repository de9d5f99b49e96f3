using System.Text.Json;

namespace Picket.Tests.Support;

/// <summary>The built <c>picket</c>, as a person starts it.</summary>
internal static class PicketProgram
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "picket");

    public static Task<ProgramResult> RunAsync(params IEnumerable<string> arguments) =>
        ExternalProgram.RunAsync(Path, arguments);

    /// <summary>Its standard output, one JSON object a line.</summary>
    public static JsonElement[] JsonLines(this ProgramResult run) =>
    [
        .. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement),
    ];
}
