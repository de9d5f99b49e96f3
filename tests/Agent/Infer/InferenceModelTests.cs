using System.Diagnostics;
using Picket.Agent.Infer;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Infer;

public sealed class InferenceModelTests
{
    // Seen by strace with the variable unset: ~/.cache/Microsoft/DeveloperTools/.onnxruntime/onnxruntime.db stays open,
    // /tmp/mat-debug-PID.log is made.
    [Fact]
    public void Load_AnyModel_KeepsTheRuntimesTelemetryOff()
    {
        using var model = ModelCatalog.Open(Repository.Path("artifacts", "models")).Load("face-landmark");
        var open = new DirectoryInfo("/proc/self/fd").GetFileSystemInfos().Select(file => file.LinkTarget ?? "");
        Assert.DoesNotContain(open, target => target.Contains("onnxruntime.db", StringComparison.Ordinal));
        Assert.False(File.Exists($"/tmp/mat-debug-{Process.GetCurrentProcess().Id}.log"));
    }

    // The probe is a mean over cells of 8 x 8 pixels: 32 x 16 pixels give 4 x 2 cells.
    [Fact]
    public void CreateRun_OtherSize_RunsAtThatSize()
    {
        using var model = PlateProbe.Load();
        using var run = model.CreateRun([1, 3, 16, 32], [[1, 1, 2, 4], [1, 4, 2, 4], [1, 8, 2, 4]]);
        for (var row = 8; row < 16; row++) run.Input.Slice(row * 32 + 16, 8).Fill(255);
        run.Run();
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 0], run.Output(0).ToArray());
        Assert.Equal((32, 16), (run.Card.Input.Width, run.Card.Input.Height));
    }

    [Fact]
    public void CreateRun_SizeThatTheGraphFixes_Refuses()
    {
        using var model = ModelCatalog.Open(Repository.Path("artifacts", "models")).Load("face-landmark");
        var error = Assert.Throws<PicketException>(() => model.CreateRun([1, 1, 32, 32], [[1, 136]]));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
    }
}
