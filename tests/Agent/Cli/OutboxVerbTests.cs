using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Cli;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Cli;

public sealed class OutboxVerbTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private string State => _temp.File("state");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Status_ClosedOutbox_CountsIt()
    {
        await FillAsync();

        var (code, text) = await RunAsync("status", "--state", State, "--json");

        using var json = JsonDocument.Parse(text);
        Assert.Equal(0, code);
        string[] names = ["lastSeq", "pending", "acked"];
        Assert.Equal([3, 2, 1], names.Select(name => json.RootElement.GetProperty(name).GetInt64()));
    }

    [Fact]
    public async Task Status_WhileANodeRuns_ReadsBesideIt()
    {
        await using var running = OpenStore();
        await running.AppendAsync(Event("gate-1"), CancellationToken.None);

        var (code, text) = await RunAsync("status", "--state", State);

        Assert.Equal(0, code);
        Assert.Contains("pending   1 events", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_PendingNewestFirst_IsOneJsonObjectALine()
    {
        await FillAsync();

        var (_, text) = await RunAsync("list", "--state", State, "--json", "--pending", "--limit", "2");

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToArray();
        Assert.Equal([3, 2], lines.Select(l => l.GetProperty("seq").GetInt64()));
        Assert.Equal("camera.down", lines[0].GetProperty("kind").GetString());
        Assert.False(lines[0].TryGetProperty("ackedAt", out _));
    }

    [Fact]
    public async Task Status_NoOutboxThere_SaysWhere()
    {
        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync("status", "--state", State));

        Assert.Contains(State, error.Message, StringComparison.Ordinal);
    }

    /// <summary>By hand, beside a running node: out to a stick, and the center's acks back in.</summary>
    [Fact]
    public async Task SpoolAndAcks_BesideARunningNode_CarryWhatWaits()
    {
        using var pki = Enroll();
        await using var running = OpenStore();
        var first = await running.AppendAsync(Event("gate-1"), CancellationToken.None);
        var second = await running.AppendAsync(Event("gate-2"), CancellationToken.None);
        var stick = Directory.CreateDirectory(_temp.File("stick")).FullName;

        var (code, text) = await RunAsync("spool", stick, "--state", State, "--json");
        var nothing = await Assert.ThrowsAsync<PicketException>(() => RunAsync("spool", stick, "--state", State));

        Assert.Equal(0, code);
        Assert.Contains("nothing was written: all that waits is in", nothing.Message);
        var path = Assert.Single(Directory.GetFiles(stick));
        Assert.Equal(path, JsonDocument.Parse(text).RootElement.GetProperty("path").GetString());
        using var file = SpoolFile.TryOpen(path, out _);
        Assert.Equal(2, file!.Lines.Count);
        Assert.Equal(2, running.Reader.Status().Pending);

        var acks = Path.Combine(stick, file.Header.AcksFile);
        WriteAcks(pki, acks, file.Header, [first.Id]);
        (code, text) = await RunAsync("acks", acks, "--state", State);

        Assert.Equal((0, $"{acks}  1 newly acknowledged\n"), (code, text));
        Assert.Equal((1, 1), (running.Reader.Status().Pending, running.Reader.Status().Acked));
        // The node itself goes on.
        await running.MarkAckedAsync([second.Id], CancellationToken.None);
        Assert.Equal(3, (await running.AppendAsync(Event("gate-3"), CancellationToken.None)).Seq);
    }

    [Fact]
    public async Task Acks_NotTheCenters_AreRefusedCode1()
    {
        using var pki = Enroll();
        await FillAsync();
        using var stranger = new TestPki(_temp.File("stranger"));
        stranger.Issue("center");
        var header = new SpoolHeader(1, "node-1", Guid.CreateVersion7(), 1, DateTimeOffset.UtcNow);
        var ids = await PendingAsync();
        WriteAcks(stranger, _temp.File("a.acks"), header, ids);

        var (code, text) = await RunAsync("acks", _temp.File("a.acks"), _temp.File("none.acks"), "--state", State);

        Assert.Equal((1, ""), (code, text));
        Assert.Equal(ids.Length, (await PendingAsync()).Length);
    }

    [Fact]
    public async Task Acks_AcknowledgingNothing_SaysSoCode1()
    {
        using var pki = Enroll();
        await FillAsync();
        WriteAcks(pki, _temp.File("a.acks"), new SpoolHeader(1, "node-1", Guid.CreateVersion7(), 1, DateTimeOffset.UtcNow), []);

        var (code, text) = await RunAsync("acks", _temp.File("a.acks"), "--state", State);

        Assert.Equal((1, $"{_temp.File("a.acks")}  0 newly acknowledged\n"), (code, text));
    }

    [Fact]
    public async Task Acks_PipeAmongThem_TakesTheOthersCode1()
    {
        using var pki = Enroll();
        await FillAsync();
        var ids = await PendingAsync();
        await SpecialFile.PipeAsync(_temp.File("0.acks"));
        WriteAcks(pki, _temp.File("a.acks"), new SpoolHeader(1, "node-1", Guid.CreateVersion7(), 1, DateTimeOffset.UtcNow), ids);

        var (code, text) = await RunAsync("acks", _temp.File("0.acks"), _temp.File("a.acks"), "--state", State);

        Assert.Equal((1, $"{_temp.File("a.acks")}  2 newly acknowledged\n"), (code, text));
    }

    [Fact]
    public async Task Spool_NothingWaits_SaysSo()
    {
        using var pki = Enroll();
        await FillAsync();
        await using (var store = OpenStore()) await store.MarkAckedAsync(
            [.. store.Reader.ReadNewest(9, pendingOnly: true).Select(e => e.Event.Id)], CancellationToken.None);

        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync("spool", _temp.Path, "--state", State));

        Assert.Equal((ExitCode.Failed, "nothing was written: nothing waits for the center"), (error.ExitCode, error.Message));
    }

    /// <summary>Root's files in the node's folder would end the node's own work there.</summary>
    [Theory]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("spool")]
    [InlineData("acks")]
    public async Task AnyVerb_FolderOfAnotherAccount_RefusesAndLeavesNothingThere(string verb)
    {
        if (Environment.UserName != "root") return; // nobody else can give a folder away
        using var pki = Enroll();
        await FillAsync();
        await ExternalProgram.OutputOfAsync("/usr/bin/chown", "-R", "1234", State);
        string[] argument = verb is "spool" or "acks" ? [_temp.Path] : [];

        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync([verb, .. argument, "--state", State]));

        Assert.Contains("belongs to another account", error.Message);
        Assert.Equal("", await ExternalProgram.OutputOfAsync("/usr/bin/find", State, "-not", "-user", "1234"));
        Assert.Empty(Directory.GetFiles(_temp.Path, "*.picket"));
    }

    /// <summary>What the node told last, in its telemetry file, stands beside what the outbox itself counts.</summary>
    [Fact]
    public async Task Status_NodeLostSomething_TellsLossesDiskAndWarnings()
    {
        await FillAsync();
        new TelemetryFile(State).Write(new NodeSnapshot(
            DateTimeOffset.UnixEpoch, [], false, 0, 0, null, null, null, null, new NodeLosses(17, 64, 0, 0, 300), true,
            ["list a is empty"]));

        var (_, text) = await RunAsync("status", "--state", State);
        var (_, json) = await RunAsync("status", "--state", State, "--json");

        Assert.Contains("left out  17 lesser events, 64 crops", text);
        Assert.Contains("took no events at 1970-01-01 00:00:00Z, for 300 s in all", text);
        Assert.Contains("warning   list a is empty", text);
        Assert.Equal(17, JsonDocument.Parse(json).RootElement.GetProperty("leftOutEvents").GetInt64());
    }

    /// <summary>The telemetry file of an earlier build has neither losses nor warnings.</summary>
    [Theory]
    [InlineData("""{"at":"2026-01-01T00:00:00+00:00","cameras":[],"linked":true,"pending":0,"acked":0}""")]
    [InlineData("{")]
    public async Task Status_TelemetryOfAnotherBuild_IsNoReasonToFail(string telemetry)
    {
        await FillAsync();
        await File.WriteAllTextAsync(Path.Combine(State, TelemetryFile.Name), telemetry);

        Assert.Equal(0, (await RunAsync("status", "--state", State)).Code);
    }

    [Fact]
    public async Task Spool_NotEnrolled_SaysWhatToDo()
    {
        await FillAsync();

        var error = await Assert.ThrowsAsync<PicketException>(() => RunAsync("spool", _temp.Path, "--state", State));

        Assert.Contains("picket join", error.Message, StringComparison.Ordinal);
    }

    private TestPki Enroll()
    {
        var pki = new TestPki(_temp.File("pki"));
        pki.Issue("node-1");
        pki.Issue("center");
        Directory.CreateDirectory(State);
        var identity = new NodeIdentity(State);
        File.Copy(pki.CaFile, identity.CaFile);
        File.Copy(pki.CertificateFile("node-1"), identity.CertificateFile);
        File.Copy(pki.KeyFile("node-1"), identity.KeyFile);
        return pki;
    }

    private static void WriteAcks(TestPki pki, string path, SpoolHeader header, Guid[] ids)
    {
        using var writer = SpoolWriter.Create(path, header);
        writer.AddAck(new Ack(1, header.Node, ids));
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(pki.KeyFile("center")));
        writer.Seal(key, File.ReadAllText(pki.CertificateFile("center")));
    }

    private async Task<Guid[]> PendingAsync()
    {
        await using var store = OpenStore();
        return [.. store.Reader.ReadNewest(100, pendingOnly: true).Select(e => e.Event.Id)];
    }

    private static EventDraft Event(string camera) => new()
    {
        At = DateTimeOffset.UnixEpoch,
        Kind = EventKind.CameraDown,
        Camera = camera,
        Body = new EventBody { CameraState = new CameraStateBody("no answer") },
    };

    private static async Task<(int Code, string Text)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var console = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = TextWriter.Null };
        var code = await OutboxVerb.Create().Parse(args).InvokeAsync(console);
        return (code, output.ToString());
    }

    private OutboxStore OpenStore() =>
        OutboxStore.Open(State, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    private async Task FillAsync()
    {
        await using var store = OpenStore();
        var first = await store.AppendAsync(Event("gate-1"), CancellationToken.None);
        await store.AppendAsync(Event("gate-2"), CancellationToken.None);
        await store.AppendAsync(Event("gate-3"), CancellationToken.None);
        await store.MarkAckedAsync([first.Id], CancellationToken.None);
    }
}
