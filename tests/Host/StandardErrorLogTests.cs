using Picket.Tests.Support;

namespace Picket.Tests.Host;

public sealed class StandardErrorLogTests
{
    /// <summary>Runs what follows with a socket as its standard error and JOURNAL_STREAM as systemd sets it for that, and prints
    /// its lines up to the first of a camera.</summary>
    private const string AsInTheJournal = """
        import os, socket, subprocess, sys
        ours, theirs = socket.socketpair()
        stream = os.fstat(theirs.fileno())
        program = subprocess.Popen(sys.argv[1:], stderr=theirs, env={**os.environ, 'JOURNAL_STREAM': f'{stream.st_dev}:{stream.st_ino}'})
        theirs.close()
        for line in ours.makefile():
            print(line, end='')
            if 'picket.camera' in line:
                break
        program.terminate()
        sys.exit(program.wait())
        """;

    [Theory]
    [InlineData("8:4711", "socket:[4711]", true)]
    [InlineData("8:4711", "socket:[4712]", false)]
    [InlineData("8:4711", "/dev/null", false)]
    [InlineData("8:4711", null, false)]
    [InlineData("4711", "socket:[4711]", false)]
    public void IsJournal_StandardErrorAndItsVariable_MustMatch(string stream, string? standardError, bool expected) =>
        Assert.Equal(expected, StandardErrorLog.IsJournal(stream, standardError));

    [Fact]
    public async Task Run_InTheJournal_BeginsEachLineWithItsPriority()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(
            temp.File("picket.yaml"),
            $"node: n1\nstate: {temp.File("state")}\ncameras:\n  - name: c1\n    url: rtsp://127.0.0.1:{MosquittoBroker.FreePort()}/a\n");

        var lines = (await ExternalProgram.OutputOfAsync(
            "/usr/bin/env", $"PICKET_MODELS={Repository.Path("artifacts", "models")}", "/usr/bin/python3", "-c", AsInTheJournal,
            Path.Combine(AppContext.BaseDirectory, "picket"), "run", "--config", temp.File("picket.yaml"))).TrimEnd().Split('\n');

        Assert.All(lines, line => Assert.Matches("^<[3-6]>picket", line));
        Assert.Contains(lines, line => line.StartsWith("<6>picket[1010] node n1 runs", StringComparison.Ordinal));
        Assert.StartsWith("<4>picket.camera[1001] camera c1: ", lines[^1]);
    }
}
