namespace Picket.Tests.Support;

/// <summary>The built <c>picket</c>, as a person starts it.</summary>
internal static class PicketProgram
{
    public static Task<ProgramResult> RunAsync(params IEnumerable<string> arguments) =>
        ExternalProgram.RunAsync(System.IO.Path.Combine(AppContext.BaseDirectory, "picket"), arguments);
}
