using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Link;

/// <summary>A stick is a folder; the center's part is done here with the site's CA of the test.</summary>
public sealed class SpoolLinkTests : IAsyncLifetime
{
    private const string Node = "node-1";

    private readonly TempFolder _temp = new();
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly TestPki _pki;
    private OutboxStore _store = null!;

    public SpoolLinkTests()
    {
        _pki = new TestPki(_temp.File("pki"));
        _pki.Issue(Node);
        _pki.Issue("node-2");
        _pki.Issue("center");
        Directory.CreateDirectory(_temp.File("state"));
        File.Copy(_pki.CaFile, Identity.CaFile);
        File.Copy(_pki.CertificateFile(Node), Identity.CertificateFile);
        File.Copy(_pki.KeyFile(Node), Identity.KeyFile);
    }

    private NodeIdentity Identity => new(_temp.File("state"));

    private string Stick => _temp.File("stick");

    private CancellationToken Cancel => _limit.Token;

    public Task InitializeAsync()
    {
        _store = OutboxStore.Open(_temp.File("state"), Node, new OutboxConfig(), _time, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _pki.Dispose();
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Look_NoLine_WritesAllInOrderOfPriorityWhole()
    {
        var jpeg = Enumerable.Range(0, 7000).Select(i => (byte)(i * 13)).ToArray();
        var health = await _store.AppendAsync(EventDrafts.Health(), Cancel);
        var alert = await _store.AppendAsync(EventDrafts.Alert(crop: jpeg), Cancel);
        Directory.CreateDirectory(Stick);

        await Link().LookAsync(isSilent: true, Cancel);

        var path = Assert.Single(Directory.GetFiles(Stick));
        Assert.Equal($"{Node}-{_store.Epoch}-1.picket", Path.GetFileName(path));
        using var file = SpoolFile.TryOpen(path, out var error);
        Assert.Equal("", error);
        Assert.True(file!.IsSignedUnder(Authorities()));
        Assert.Equal((Node, Node, _store.Epoch), (file.Signer, file.Header.Node, file.Header.Epoch));
        var row = _store.Reader.ReadPending(OutboxPriority.Alert, 0, 1, 1 << 20)[0];
        Assert.Equal(row.Body, file.Lines[0].Message.ToArray());
        Assert.Equal(health.Id, WireJson.TryReadEvent(file.Lines[1].Message.Span, out _)!.Id);
        // 7,000 bytes are three chunks of at most 3,000.
        var chunks = file.Lines.Skip(2).Select(line => WireJson.TryReadChunk(line.Message.Span, out _)!).ToArray();
        Assert.Equal(3, chunks.Length);
        Assert.Equal(jpeg, chunks.OrderBy(c => c.Index).SelectMany(c => c.Data).ToArray());
        Assert.All(chunks, c => Assert.Equal(alert.Id, c.Event));
        Assert.Equal((2, 1), (_store.Reader.Status().Pending, _store.Reader.Status().PendingCrops));
    }

    [Fact]
    public async Task Look_AgainAndLater_WritesOnlyWhatIsNewAndOnlyWhenItIsTime()
    {
        Directory.CreateDirectory(Stick);
        var link = Link();
        var first = await _store.AppendAsync(EventDrafts.Alert(crop: [1]), Cancel);
        await link.LookAsync(isSilent: true, Cancel);
        var second = await _store.AppendAsync(EventDrafts.Alert(crop: [1]), Cancel);
        await link.LookAsync(isSilent: true, Cancel);
        Assert.Single(Directory.GetFiles(Stick));

        _time.Advance(TimeSpan.FromMinutes(15));
        await link.LookAsync(isSilent: true, Cancel);
        _time.Advance(TimeSpan.FromMinutes(15));
        await link.LookAsync(isSilent: true, Cancel);

        Assert.Equal([[first.Id], [second.Id]], Files().Select(file => EventsOf(file)));
    }

    [Fact]
    public async Task Look_NodeRestarted_KnowsWhatIsOnTheStick()
    {
        Directory.CreateDirectory(Stick);
        await _store.AppendAsync(EventDrafts.Alert(crop: [1]), Cancel);
        await Link().LookAsync(isSilent: true, Cancel);

        await Link().LookAsync(isSilent: true, Cancel);

        Assert.Single(Directory.GetFiles(Stick));
    }

    [Fact]
    public async Task Look_OtherStickOrFileGone_WritesAllAgainUnderANewNumber()
    {
        Directory.CreateDirectory(Stick);
        var link = Link();
        var alert = await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await link.LookAsync(isSilent: true, Cancel);
        Directory.Move(Stick, _temp.File("away"));
        await link.LookAsync(isSilent: true, Cancel);
        Directory.CreateDirectory(Stick);

        await link.LookAsync(isSilent: true, Cancel);
        var second = Assert.Single(Directory.GetFiles(Stick));
        Assert.EndsWith("-2.picket", second);
        Assert.Equal([alert.Id], EventsOf(second));

        File.Delete(second);
        await link.LookAsync(isSilent: true, Cancel);
        Assert.EndsWith("-3.picket", Assert.Single(Directory.GetFiles(Stick)));
    }

    /// <summary>A file that names the node's events and is not signed by it must not keep them from the stick.</summary>
    [Fact]
    public async Task Look_ForgedOrDamagedFileOnTheStick_HoldsNothing()
    {
        Directory.CreateDirectory(Stick);
        var alert = await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await Link().LookAsync(isSilent: true, Cancel);
        var path = Assert.Single(Directory.GetFiles(Stick));
        using (var file = SpoolFile.TryOpen(path, out _))
        {
            Write(Path.Combine(Stick, $"{Node}-{_store.Epoch}-7.picket"), "node-2", file!.Header with { Number = 7 }, writer =>
                writer.AddEvent(file.Lines[0].Message.Span));
        }
        var content = await File.ReadAllBytesAsync(path, Cancel);
        content[200] ^= 1;
        await File.WriteAllBytesAsync(path, content, Cancel);

        await Link().LookAsync(isSilent: true, Cancel);

        Assert.Equal([alert.Id], EventsOf(Files().Single(f => f.EndsWith("-2.picket", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Look_LineIsThere_WritesNothingButTakesAcks()
    {
        Directory.CreateDirectory(Stick);
        var link = Link();
        var alert = await _store.AppendAsync(EventDrafts.Alert(crop: [1]), Cancel);
        await link.LookAsync(isSilent: false, Cancel);
        Assert.Empty(Directory.GetFiles(Stick));
        await link.LookAsync(isSilent: true, Cancel);
        var path = Assert.Single(Directory.GetFiles(Stick));
        Acknowledge(path, "center", Node, [alert.Id, alert.Body.Face!.Crop!.Value]);

        await link.LookAsync(isSilent: false, Cancel);

        Assert.Equal((0, 0, 1), (_store.Reader.Status().Pending, _store.Reader.Status().PendingCrops, _store.Reader.Status().Acked));
        // The stick is free for what comes next.
        Assert.Empty(Directory.GetFiles(Stick));
    }

    /// <summary>Whatever lies on the stick under our names: what is good is taken and written all the same.</summary>
    [Fact]
    public async Task Look_BadThingsOnTheStick_NeverStopTheGoodOnes()
    {
        Directory.CreateDirectory(Stick);
        var alert = await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await Link().LookAsync(isSilent: true, Cancel);
        Acknowledge(Assert.Single(Files()), "center", Node, [alert.Id]);
        var later = await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        foreach (var extension in (string[])[".acks", ".picket"])
        {
            // 0 to 3: before the good one in any order, and behind it.
            await SpecialFile.PipeAsync(Path.Combine(Stick, $"{Node}-0{extension}"));
            SpecialFile.DanglingLink(Path.Combine(Stick, $"{Node}-1{extension}"));
            File.CreateSymbolicLink(Path.Combine(Stick, $"{Node}-2{extension}"), "/dev/zero");
            Directory.CreateDirectory(Path.Combine(Stick, $"{Node}-x{extension}"));
            await File.WriteAllBytesAsync(Path.Combine(Stick, $"{Node}-z{extension}"), [1, 2, 3], Cancel);
        }

        await Link().LookAsync(isSilent: true, Cancel);

        Assert.Equal((1, 1), (_store.Reader.Status().Pending, _store.Reader.Status().Acked));
        Assert.Equal([later.Id], EventsOf(Path.Combine(Stick, $"{Node}-{_store.Epoch}-2.picket")));
    }

    /// <summary>Each look finds it longer: nothing is written again for that.</summary>
    [Fact]
    public async Task Look_FileThatGrows_WritesNothingTwice()
    {
        Directory.CreateDirectory(Stick);
        var link = Link();
        await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        var growing = Path.Combine(Stick, $"{Node}-0.picket");
        for (var i = 0; i < 4; i++)
        {
            await File.AppendAllTextAsync(growing, "more\n", Cancel);
            await link.LookAsync(isSilent: true, Cancel);
        }

        Assert.Equal(2, Files().Length);
    }

    /// <summary>The look at the stick is not part of the start: a share that hangs must not keep the cameras waiting.</summary>
    [Fact]
    public async Task Run_PipeOnTheStick_ReturnsToItsCallerAndEndsWhenAsked()
    {
        Directory.CreateDirectory(Stick);
        await SpecialFile.PipeAsync(Path.Combine(Stick, $"{Node}-x.acks"));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var running = Link().RunAsync(() => TimeSpan.Zero, end.Token);

        await end.CancelAsync();
        await running.WaitAsync(Cancel);
    }

    [Theory]
    [InlineData("node-2", Node)]
    [InlineData(Node, Node)]
    [InlineData("center", "node-2")]
    public async Task Look_AcksNotFromTheCenterToThisNode_AreIgnored(string signer, string to)
    {
        Directory.CreateDirectory(Stick);
        var alert = await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        var link = Link();
        await link.LookAsync(isSilent: true, Cancel);
        Acknowledge(Assert.Single(Directory.GetFiles(Stick)), signer, to, [alert.Id]);

        await link.LookAsync(isSilent: true, Cancel);

        Assert.Equal((1, 2), (_store.Reader.Status().Pending, Directory.GetFiles(Stick).Length));
    }

    [Fact]
    public async Task Look_NotMounted_WritesNothing()
    {
        Directory.CreateDirectory(Stick);
        await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        var link = new SpoolLink(_store, Identity, new SpoolConfig { Folder = Stick }, _time, NullLogger.Instance);

        await link.LookAsync(isSilent: true, Cancel);

        Assert.Empty(Directory.GetFiles(Stick));
    }

    /// <summary>More than one file: 45 MB of crops in files of 16 MB, each crop in one of them as a whole.</summary>
    [Fact]
    public async Task Look_MoreThanAFileHolds_WritesSeveral()
    {
        Directory.CreateDirectory(Stick);
        var crops = new List<Guid>();
        for (var i = 0; i < 180; i++)
            crops.Add((await _store.AppendAsync(EventDrafts.Alert(crop: new byte[190_000]), Cancel)).Body.Face!.Crop!.Value);

        await Link().LookAsync(isSilent: true, Cancel);

        Assert.Equal(3, Files().Length);
        var written = new List<Guid>();
        foreach (var path in Files())
        {
            Assert.InRange(new FileInfo(path).Length, 1, 16 << 20);
            using var file = SpoolFile.TryOpen(path, out _);
            var chunks = file!.Lines.Where(l => l.Kind == SpoolLineKind.Crop)
                .Select(l => WireJson.TryReadChunk(l.Message.Span, out _)!).GroupBy(c => c.Id);
            foreach (var crop in chunks)
            {
                Assert.Equal(190_000, crop.Sum(c => c.Data.Length));
                written.Add(crop.Key);
            }
        }
        Assert.Equal(crops, written);
    }

    [Fact]
    public async Task Look_NotEnrolled_SaysSoAndGoesOnWhenItIs()
    {
        Directory.CreateDirectory(Stick);
        await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        var certificate = await File.ReadAllTextAsync(Identity.CertificateFile, Cancel);
        File.Delete(Identity.CertificateFile);
        var link = Link();
        await link.LookAsync(isSilent: true, Cancel);
        Assert.Empty(Directory.GetFiles(Stick));

        await File.WriteAllTextAsync(Identity.CertificateFile, certificate, Cancel);
        await link.LookAsync(isSilent: true, Cancel);

        Assert.Single(Directory.GetFiles(Stick));
    }

    private SpoolLink Link() => new(
        _store, Identity, new SpoolConfig { Folder = Stick, OnOwnDisk = true }, _time, NullLogger.Instance);

    private string[] Files() => [.. Directory.GetFiles(Stick, "*.picket").Order()];

    private static Guid[] EventsOf(string path)
    {
        using var file = SpoolFile.TryOpen(path, out _);
        return [.. file!.Lines.Where(l => l.Kind == SpoolLineKind.Event).Select(l => WireJson.TryReadEvent(l.Message.Span, out _)!.Id)];
    }

    private void Acknowledge(string events, string signer, string to, Guid[] ids)
    {
        using var file = SpoolFile.TryOpen(events, out _);
        Write(
            Path.Combine(Stick, file!.Header.AcksFile), signer, file.Header with { Node = to },
            writer => writer.AddAck(new Ack(1, to, ids)));
    }

    private void Write(string path, string signer, SpoolHeader header, Action<SpoolWriter> fill)
    {
        using var writer = SpoolWriter.Create(path, header);
        fill(writer);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_pki.KeyFile(signer)));
        writer.Seal(key, File.ReadAllText(_pki.CertificateFile(signer)));
    }

    private X509Certificate2Collection Authorities()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(_pki.CaFile);
        return authorities;
    }
}
