using Picket.Agent.Cli.Demo;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli.Demo;

/// <summary>
/// The demo's clips, made once for the tests of this room (about 20 s), in a folder where an earlier run was cut.
/// </summary>
public sealed class DemoClipsFixture : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    internal string CacheFolder => _folder.File("cache");

    internal string CutFolder => Path.Combine(CacheFolder, "clips-0123456789abcdef.partial");

    internal string Progress { get; private set; } = "";

    internal DemoClipSet? Set { get; private set; }

    public async Task InitializeAsync()
    {
        if (!Directory.Exists(DemoMediaFactAttribute.Folder)) return; // each fact is skipped, saying so
        Directory.CreateDirectory(CutFolder);
        await File.WriteAllTextAsync(Path.Combine(CutFolder, "franck.h264"), "cut");
        var progress = new StringWriter();
        Set = await new DemoClips(
            DemoMediaFactAttribute.Folder, CacheFolder, new ClipProgress(progress, isTerminal: false))
            .MakeAsync(CancellationToken.None);
        Progress = progress.ToString();
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}
