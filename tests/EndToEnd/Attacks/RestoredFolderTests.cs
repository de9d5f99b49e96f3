using System.Diagnostics;
using System.Globalization;
using Picket.Center.Enroll;
using Picket.Tests.Center;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd.Attacks;

/// <summary>M3: the center's whole folder is set back to a backup from before somebody was shut out.</summary>
public sealed class RestoredFolderTests : IDisposable
{
    /// <summary>A verb takes a second; one that should have refused and runs instead is not waited for.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public RestoredFolderTests() => _site = new StateFolder(_temp.File("site"));

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Run_OnAFolderFromABackup_IsRefusedAndNamesWhoIsInAgain()
    {
        await SetBackAsync();

        var run = await RunAsync("run", "--broker", "localhost:1", "--console-port", "0");

        Assert.Equal(1, run.ExitCode);
        var line = Assert.Single(run.ErrorLines());
        Assert.Contains("restored from a backup", line);
        Assert.Contains("gate-2, op-anna", line);
        Assert.Contains("--accept-restore", line);
    }

    [Theory]
    [InlineData("node add gate-9")]
    [InlineData("operator revoke anna")]
    [InlineData("ca rotate")]
    public async Task Verb_OnAFolderFromABackup_IsRefused(string verb)
    {
        await SetBackAsync();
        var run = await RunAsync(verb.Split(' '));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("restored from a backup", Assert.Single(run.ErrorLines()));
        Assert.Equal(1, (await RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task Run_WithAcceptRestore_GoesOnAboveTheNumberOfTheListThatIsOut()
    {
        var before = await SetBackAsync();
        using var center = Process.Start(new ProcessStartInfo(
            CenterProgram.Path,
            ["run", "--state", _site.Root, "--broker", "localhost:1", "--console-port", "0", "--accept-restore"])
        { RedirectStandardError = true })!;
        try
        {
            string? line;
            do line = await center.StandardError.ReadLineAsync();
            while (line?.StartsWith("console", StringComparison.Ordinal) == false);
            Assert.NotNull(line);
        }
        finally
        {
            center.Kill();
            await center.WaitForExitAsync();
        }
        Assert.True(Number() > before);
        Assert.Contains("\"did\":\"restore.accept\"", await File.ReadAllTextAsync(_site.Audit));
        Assert.Equal(0, (await RunAsync("node", "revoke", "gate-2")).ExitCode);
        Assert.Equal(0, (await RunAsync("audit", "verify")).ExitCode);
    }

    // A folder that was only copied back over itself, or read from a backup of this minute, is no other.
    [Fact]
    public async Task Verb_OnACopyOfTheFolderAsItIs_IsNotRefused()
    {
        await RunAsync("ca", "init");
        await CopyAsync(_site.Root, _temp.File("backup"));
        Directory.Delete(_site.Root, recursive: true);
        await CopyAsync(_temp.File("backup"), _site.Root);
        Assert.Equal(0, (await RunAsync("node", "add", "gate-9")).ExitCode);
    }

    [Fact]
    public async Task CaInit_WhereASiteWasRemoved_BeginsAnew()
    {
        await SetBackAsync();
        Directory.Delete(_site.Root, recursive: true);
        Assert.Equal(0, (await RunAsync("ca", "init")).ExitCode);
        Assert.Equal(0, (await RunAsync("node", "add", "gate-9")).ExitCode);
        Assert.Equal(0, (await RunAsync("audit", "verify")).ExitCode);
    }

    /// <summary>The number of the last list from before.</summary>
    private async Task<long> SetBackAsync()
    {
        await RunAsync("ca", "init");
        await RunAsync("node", "sign", "--csr", OpenSsl.NewRequest(_temp, "/CN=gate-2").Request, "--out", _temp.File("gate-2.pem"));
        await RunAsync("operator", "add", "anna", "--role", "viewer", "--pkcs12", _temp.File("anna.p12"));
        await CopyAsync(_site.Root, _temp.File("backup"));
        Assert.Equal(0, (await RunAsync("node", "revoke", "gate-2")).ExitCode);
        Assert.Equal(0, (await RunAsync("operator", "revoke", "anna")).ExitCode);
        var number = Number();
        Directory.Delete(_site.Root, recursive: true);
        await CopyAsync(_temp.File("backup"), _site.Root);
        return number;
    }

    private long Number() => long.Parse(File.ReadAllText(_site.ListNumber), CultureInfo.InvariantCulture);

    private static Task CopyAsync(string from, string to) => ExternalProgram.OutputOfAsync("/bin/cp", "-a", from, to);

    private Task<ProgramResult> RunAsync(params string[] verb) =>
        ExternalProgram.RunAsync(CenterProgram.Path, Limit, [.. verb, "--state", _site.Root]);
}
