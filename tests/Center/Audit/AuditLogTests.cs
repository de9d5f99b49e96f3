using System.Text;
using Picket.Center.Audit;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Audit;

public sealed class AuditLogTests : IDisposable
{
    private static readonly AuditEntry Look = new("op-anna", "10.30.0.7", AuditAct.LookAtCrop, "some crop");

    private readonly TempFolder _temp = new();
    private readonly AuditLog _log;

    public AuditLogTests() => _log = new AuditLog(Path, TimeProvider.System);

    private string Path => _temp.File("audit.log");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Add_Entries_MakeAChainThatOpenSslRecomputes()
    {
        for (var i = 0; i < 3; i++) await _log.AddAsync(Look);
        var previous = new string('0', 64);
        foreach (var line in await File.ReadAllLinesAsync(Path))
        {
            Assert.Contains($"\"prev\":\"{previous}\"", line);
            var end = line.LastIndexOf(",\"hash\":", StringComparison.Ordinal);
            var body = _temp.File("body");
            await File.WriteAllTextAsync(body, line[..end]);
            previous = OpenSsl.Run("dgst", "-sha256", "-r", body).Output[..64];
            Assert.EndsWith($",\"hash\":\"{previous}\"}}", line);
        }
        Assert.Equal(new AuditHead(3, previous), await _log.HeadAsync());
    }

    [Fact]
    public async Task Add_ManyAtOnceFromTwoWriters_AreOneChain()
    {
        var other = new AuditLog(Path, TimeProvider.System); // as a verb beside the running center
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => (i % 2 == 0 ? _log : other).AddAsync(Look))));
        var report = Verify();
        Assert.Null(report.Fault);
        Assert.Equal(200, report.Head.Count);
    }

    [Fact]
    public async Task Add_NewFile_IsForItsOwnerAlone()
    {
        await _log.AddAsync(Look);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public async Task Add_AfterAnUnfinishedLine_RemovesItAndSaysSo()
    {
        await _log.AddAsync(Look);
        await File.AppendAllTextAsync(Path, "{\"n\":2,\"at\":\"20");
        Assert.Contains("line 2 is unfinished", Verify().Fault);
        await _log.AddAsync(Look);
        var report = Verify();
        Assert.Null(report.Fault);
        Assert.Equal(3, report.Head.Count);
        Assert.Contains("15 bytes of an unfinished line removed", (await File.ReadAllLinesAsync(Path))[1]);
    }

    [Fact]
    public async Task Add_AfterALineThatWasChanged_IsRefused()
    {
        await _log.AddAsync(Look);
        await Tamper(text => text.Replace("op-anna", "op-bert"));
        Assert.Contains("was changed", (await Assert.ThrowsAsync<PicketException>(() => _log.AddAsync(Look))).Message);
    }

    [Fact]
    public async Task Add_TextThatWouldBreakALine_StaysInIt()
    {
        await _log.AddAsync(new AuditEntry("op-anna", null, AuditAct.RevokeNode, "x\n\"}" + new string('\u0001', 500)));
        Assert.Single(await File.ReadAllLinesAsync(Path));
        Assert.Null(Verify().Fault);
    }

    [Theory]
    [InlineData("changed", "line 2 was changed")]
    [InlineData("taken out", "line 2 does not follow line 1")]
    [InlineData("first taken out", "line 1 does not follow line 0")]
    [InlineData("put in", "line 3 does not follow line 2")]
    [InlineData("other text", "line 2 is no line of this log")]
    public async Task Verify_LineTamperedWith_IsFound(string how, string fault)
    {
        for (var i = 0; i < 4; i++) await _log.AddAsync(Look);
        var lines = (await File.ReadAllLinesAsync(Path)).ToList();
        if (how == "changed") lines[1] = lines[1].Replace("op-anna", "op-bert");
        else if (how == "taken out") lines.RemoveAt(1);
        else if (how == "first taken out") lines.RemoveAt(0);
        else if (how == "put in") lines.Insert(2, lines[1]);
        else lines[1] = new string('x', 20_000);
        await File.WriteAllTextAsync(Path, string.Join('\n', lines) + "\n");
        Assert.Contains(fault, Verify().Fault);
    }

    [Fact]
    public async Task Verify_WrittenAnew_MissesTheHeadThatWasNoted()
    {
        await _log.AddAsync(Look);
        var noted = (await _log.HeadAsync()).Hash;
        await _log.AddAsync(Look);
        Assert.True(Verify(noted).HeadFound);
        File.Delete(Path);
        await _log.AddAsync(Look with { Who = "op-bert" });
        var report = Verify(noted);
        Assert.Null(report.Fault);
        Assert.False(report.HeadFound);
    }

    private async Task Tamper(Func<string, string> change) =>
        await File.WriteAllTextAsync(Path, change(await File.ReadAllTextAsync(Path)), new UTF8Encoding(false));

    private AuditReport Verify(string? head = null)
    {
        using var log = File.OpenRead(Path);
        return AuditChain.Verify(log, head);
    }
}
