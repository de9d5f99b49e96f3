using Picket.Agent.Cli.Demo;

namespace Picket.Tests.Agent.Cli.Demo;

public sealed class FfmpegProgramTests
{
    [Fact]
    public async Task RunAsync_MissingInput_SaysWhatFfmpegSaid()
    {
        var e = await Assert.ThrowsAsync<PicketException>(() => FfmpegProgram.RunAsync(
            ["-i", "missing.mp4", "-f", "null", "-"], Path.GetTempPath(), _ => { }, CancellationToken.None));

        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.Contains("missing.mp4: No such file or directory", e.Message);
    }

    [Fact]
    public async Task RunAsync_Canceled_EndsAnEndlessRun()
    {
        using var canceling = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FfmpegProgram.RunAsync(
            ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64", "-f", "null", "-"],
            Path.GetTempPath(), _ => canceling.Cancel(), canceling.Token));
    }
}
