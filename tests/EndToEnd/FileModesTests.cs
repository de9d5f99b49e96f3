using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>The built programs, started by a person whose shell lets everybody read everything.</summary>
public sealed class FileModesTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("picket-center", "ca init --state STATE")]
    [InlineData("picket", "join --request STATE/gate-1.csr --state STATE --node gate-1")]
    public async Task Verb_WithAnOpenUmask_MakesFilesForItsUserAlone(string program, string arguments)
    {
        var state = _temp.File("state");
        var command = $"{Path.Combine(AppContext.BaseDirectory, program)} {arguments.Replace("STATE", state)}";
        var line = $"umask 000; mkdir -m 700 -p {state}; exec {command}";

        await ExternalProgram.OutputOfAsync("/bin/sh", "-c", line);

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var made = Directory.EnumerateFileSystemEntries(state, "*", SearchOption.AllDirectories).ToArray();
        Assert.NotEmpty(made);
        Assert.All(made, path => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & Others));
    }
}
