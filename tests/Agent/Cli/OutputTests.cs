using Picket.CameraSim;
using Picket.Tests.CameraSim;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli;

/// <summary>What both programs print: to whom, and that no secret is in it.</summary>
public sealed class OutputTests(ClipFixture clips) : IClassFixture<ClipFixture>, IDisposable
{
    private static readonly string Center = Path.Combine(AppContext.BaseDirectory, "picket-center");

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    // 137 and 124 would say that it had to be ended.
    [Theory]
    [InlineData("--jsonl")]
    [InlineData("")]
    public async Task Analyze_ReaderIsGone_Ends(string form)
    {
        var mount = new CameraMount("cam", clips.H264(25));
        await using var server = new RtspServer(0, mount);
        server.Start();
        var run = await ShellAsync(
            $"timeout 100 '{PicketProgram.Path}' analyze {server.UrlOf(mount)} {form} --plates | head -1; echo ${{PIPESTATUS[0]}}");
        Assert.Equal(("1", ""), (run.Output.TrimEnd().Split('\n')[^1], run.Errors));
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--help")]
    [InlineData("analyze /nonexistent.jpg --jsonl --plates")]
    public async Task Verb_OutputIsFull_OneLineThatNamesItCode1(string arguments)
    {
        var run = await ShellAsync($"'{PicketProgram.Path}' {arguments} >/dev/full");
        Assert.Equal((1, "picket: standard output can't be written: No space left on device\n"), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task CenterVerb_OutputIsFull_OneLineThatNamesItCode1()
    {
        var run = await ShellAsync($"'{Center}' --help >/dev/full");
        Assert.Equal(
            (1, "picket-center: standard output can't be written: No space left on device\n"), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task CenterVerb_AddressWithPassword_IsNotRepeated()
    {
        var run = await ExternalProgram.RunAsync(
            Center, "run", "--state", _temp.Path, "--broker", "mqtts://admin:hun#ter2@10.0.0.7:8883");
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("hun#ter2", run.Output + run.Errors);
    }

    /// <summary>Port 9 (discard) of loopback refuses at once; most of these are no address at all.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Analyze_PasswordsInEverySpelling_AreInNoOutput(bool json)
    {
        string[] inputs =
        [
            "rtsp://adm:hunter2@127.0.0.1:9/a", "RTSP://adm:hunter2@127.0.0.1:9/a", "rtsp://adm:hun#ter2@127.0.0.1:9/a",
            "rtsp://adm:hun/ter2@127.0.0.1:9/a", "rtsp://adm:hun?ter2@127.0.0.1:9/a", "rtsp://adm:hun@ter2@127.0.0.1:9/a",
            "rtsp://adm:hun:ter2@127.0.0.1:9/a", "rtsp://adm:hun ter2@127.0.0.1:9/a", "rtsp://adm:hun%23ter2@127.0.0.1:9/a",
            "rtsp://adm:hun\"ter2@127.0.0.1:9/a", "rtsp://adm:hun'ter2@127.0.0.1:9/a", "rtsp://adm:hun\\ter2@127.0.0.1:9/a",
            "rtsp://adm:hun\nter2@127.0.0.1:9/a", "rtsp://adm:hun\u0633ter2@127.0.0.1:9/a", "rtsp://adm:hunter2/a",
            "rtsp:/adm:hunter2@127.0.0.1:9/a", "rtsp:adm:hunter2@127.0.0.1:9/a", "adm:hunter2@127.0.0.1:9/a",
            "rtsps://adm:hunter2@127.0.0.1:9/a", "http://adm:hunter2@127.0.0.1:9/a", "ftp://adm:hunter2@127.0.0.1:9/a",
            "rtsp://127.0.0.1:9/user=adm&password=hunter2&channel=1", "rtsp://127.0.0.1:9/user=adm_password=hunter2_channel=1",
            "rtsp://127.0.0.1:9/a?usr=adm&pwd=hunter2", "rtsp://127.0.0.1:9/a?token=hunter2", "rtsp://127.0.0.1:9/a;passwd=hunter2",
            "rtsp://127.0.0.1:9/a?auth=hun/ter2==&x=1", "rtsp://127.0.0.1:9/a?key=hunter2", "rtsp://127.0.0.1:9/a?secret=hunter2",
            "rtsp://127.0.0.1:9/a?pass=hunter2", "file://adm:hunter2@host/a", "rtsp://:hunter2@127.0.0.1:9/a",
        ];
        var run = await PicketProgram.RunAsync(["analyze", .. inputs, "--plates", .. json ? ["--jsonl"] : Array.Empty<string>()]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            inputs.Length, (json ? run.Output : run.Errors).Split('\n').Count(line => line.Contains(json ? "\"error\"" : ": ")));
        foreach (var part in (string[])["adm", "hun", "ter2"]) Assert.DoesNotContain(part, run.Output + run.Errors);
    }

    [Fact]
    public async Task UnknownVerb_WithAnAddress_DoesNotRepeatItsPassword()
    {
        var run = await PicketProgram.RunAsync("analyse", "rtsp://adm:hun#ter2@127.0.0.1:9/a");
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("hun", run.Errors);
    }

    // The others are still done.
    [Fact]
    public async Task Analyze_FoldersWithNothingToRead_SaysSoForEachCode1()
    {
        Directory.CreateDirectory(_temp.File("empty"));
        Directory.CreateDirectory(_temp.File("others"));
        await File.WriteAllTextAsync(_temp.File("others/notes.txt"), "x");
        Directory.CreateDirectory(_temp.File("list/franck"));
        var run = await PicketProgram.RunAsync(
            "analyze", "--plates", "--jsonl", _temp.File("empty"), _temp.File("others"), _temp.File("list"), _temp.File("absent"));
        Assert.Equal(1, run.ExitCode);
        string[] expected = ["the folder is empty", "no picture or clip among the 1 files", "only 1 more folders", "no such file"];
        Assert.All(
            run.JsonLines().Zip(expected, (line, part) => (Error: line.GetProperty("error").GetString(), Part: part)),
            line => Assert.Contains(line.Part, line.Error));
        Assert.Equal(expected.Length, run.JsonLines().Length);
    }

    // A name that is not UTF-8 can't be told to .NET; that is said, in JSON that is whole.
    [Fact]
    public async Task Analyze_NameThatIsNotUtf8_SaysSoCode1()
    {
        var run = await ShellAsync($"'{PicketProgram.Path}' analyze --plates --jsonl '{_temp.Path}/'$'\\xff.jpg'");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("its name is not UTF-8", Assert.Single(run.JsonLines()).GetProperty("error").GetString());
    }

    private static Task<ProgramResult> ShellAsync(string line) => ExternalProgram.RunAsync("/bin/bash", "-c", line);
}
