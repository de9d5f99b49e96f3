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
}
