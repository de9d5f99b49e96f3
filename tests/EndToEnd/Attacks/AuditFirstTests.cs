using System.Text.Json;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd.Attacks;

/// <summary>H7: what is done stands in the audit log before it is done, or is not done; and a log that is gone, cut or replaced
/// is told.</summary>
public sealed class AuditFirstTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public AuditFirstTests() => _site = new StateFolder(_temp.File("site"));

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Verbs_ThatLetInOrShutOut_StandInTheLogInTheirOrder()
    {
        await MakeSiteAsync();
        await DoneAsync("operator", "revoke", "anna");
        await DoneAsync("node", "revoke", "gate-1");
        await DoneAsync("node", "add", "gate-2");
        await DoneAsync("ca", "rotate");
        await DoneAsync("ca", "rotate", "--finish", "--force");
        await File.WriteAllTextAsync(_temp.File("a.picket"), "none");
        await RunAsync("import", _temp.Path);

        var acts = (await File.ReadAllLinesAsync(_site.Audit)).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line => $"{line.GetProperty("did").GetString()} {line.GetProperty("what").GetString()}".Split(' ')[..2])
            .Select(words => string.Join(' ', words));
        Assert.Equal(
            [
                $"ca.init {_site.Root}", "operator.add anna", "node.sign gate-1", "operator.revoke anna", "node.revoke gate-1",
                "node.add gate-2", $"ca.rotate {_site.Root}", $"ca.finish {_site.Root}",
                $"import {_temp.File("a.picket")}",
            ],
            acts);
        Assert.Equal(0, (await RunAsync("audit", "verify")).ExitCode);
    }

    // As an attacker did it: one byte of the log's last line. Nothing may have changed in the folder but the log's own lock.
    [Theory]
    [InlineData("operator add bert --role administrator --pkcs12 {temp}/bert.p12")]
    [InlineData("operator add anna --role administrator --renew --pkcs12 {temp}/anna.p12")]
    [InlineData("operator revoke anna")]
    [InlineData("node add gate-2")]
    [InlineData("node sign --csr {temp}/gate-2.csr --out {temp}/gate-2.pem")]
    [InlineData("node revoke gate-1")]
    [InlineData("ca rotate")]
    public async Task Verb_WhenTheLogIsDamaged_DoesNothing(string verb)
    {
        await MakeSiteAsync();
        File.Copy(OpenSsl.NewRequest(_temp, "/CN=gate-2").Request, _temp.File("gate-2.csr"));
        await DamageAsync();
        var before = Snapshot();

        var run = await RunAsync([.. verb.Replace("{temp}", _temp.Path, StringComparison.Ordinal).Split(' ')]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("audit log", Assert.Single(run.ErrorLines()));
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public async Task Import_WhenTheLogIsDamaged_StoresNothing()
    {
        await MakeSiteAsync();
        await File.WriteAllTextAsync(_temp.File("a.picket"), "none");
        await DamageAsync();
        var run = await RunAsync("import", _temp.File("a.picket"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("audit log", Assert.Single(run.ErrorLines()));
    }

    [Fact]
    public async Task Join_WhenTheLogIsDamaged_GivesNoCertificateAndTheCodeIsGoodAfterwards()
    {
        await MakeSiteAsync();
        var code = await Enrollment.AddNodeAsync(_site, "gate-2", TimeSpan.FromDays(1), TimeProvider.System, CancellationToken.None);
        var request = new JoinRequest(
            1, Convert.ToHexString(code.Secret), await File.ReadAllTextAsync(OpenSsl.NewRequest(_temp, "/CN=gate-2").Request));
        var whole = await File.ReadAllBytesAsync(_site.Audit);
        await DamageAsync();
        Assert.Throws<PicketException>(() => new Admission(_site, TimeProvider.System).Join(request));
        Assert.Null(NodeRegistry.Load(_site).Find("gate-2"));

        await File.WriteAllBytesAsync(_site.Audit, whole);
        new Admission(_site, TimeProvider.System).Join(request, "10.20.0.7");
        Assert.NotNull(NodeRegistry.Load(_site).Find("gate-2"));
        var line = (await File.ReadAllLinesAsync(_site.Audit))[^1];
        Assert.Contains("\"who\":\"node:gate-2\",\"from\":\"10.20.0.7\",\"did\":\"node.join\"", line);
    }

    [Theory]
    [InlineData("deleted", "is gone")]
    [InlineData("cut", "is not in it or was changed")]
    [InlineData("replaced", "is not in it or was changed")]
    public async Task Verify_LogThatIsNotTheOneWritten_SaysSo(string how, string what)
    {
        await MakeSiteAsync();
        var lines = await File.ReadAllLinesAsync(_site.Audit);
        if (how == "deleted") File.Delete(_site.Audit);
        else if (how == "cut") await File.WriteAllLinesAsync(_site.Audit, lines[..^1]);
        else await WriteAnewAsync(lines.Length);

        var verify = await RunAsync("audit", "verify");

        Assert.Equal(1, verify.ExitCode);
        Assert.Contains(what, verify.Errors);
    }

    [Fact]
    public async Task Add_AfterTheLogWasDeleted_BeginsWithTheOldEndAndVerifySaysSo()
    {
        await MakeSiteAsync();
        var before = await File.ReadAllLinesAsync(_site.Audit);
        var running = new AuditLog(_site, TimeProvider.System); // as the center has it
        File.Move(_site.Audit, _temp.File("old.log"));

        await running.AddAsync(new AuditEntry("op-anna", null, AuditAct.LookAtCrop, "a crop"));

        var lines = await File.ReadAllLinesAsync(_site.Audit);
        using var last = JsonDocument.Parse(before[^1]);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal("audit.begin", first.RootElement.GetProperty("did").GetString());
        Assert.Equal(before.Length + 1, first.RootElement.GetProperty("n").GetInt32());
        Assert.Equal(last.RootElement.GetProperty("hash").GetString(), first.RootElement.GetProperty("prev").GetString());
        var verify = await RunAsync("audit", "verify");
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains($"begins after line {before.Length}", verify.Errors);

        // Who kept the old one has the whole chain.
        await File.WriteAllLinesAsync(_temp.File("both.log"), [.. before, .. lines]);
        await using var both = File.OpenRead(_temp.File("both.log"));
        var report = AuditChain.Verify(both, null);
        Assert.Equal((null, null, before.Length + 2L), (report.Fault, report.After, report.Head.Count));
    }

    [Fact]
    public async Task Verify_BeginningThatIsNoBeginning_IsAFault()
    {
        await MakeSiteAsync();
        var lines = await File.ReadAllLinesAsync(_site.Audit);
        await File.WriteAllLinesAsync(_site.Audit, lines[1..]);
        Assert.Contains("line 1 does not follow line 0", (await RunAsync("audit", "verify")).Errors);
    }

    private async Task MakeSiteAsync()
    {
        await DoneAsync("ca", "init");
        await DoneAsync("operator", "add", "anna", "--role", "viewer", "--pkcs12", _temp.File("first.p12"));
        await DoneAsync(
            "node", "sign", "--csr", OpenSsl.NewRequest(_temp, "/CN=gate-1").Request, "--out", _temp.File("gate-1.pem"));
    }

    private async Task DamageAsync()
    {
        var bytes = await File.ReadAllBytesAsync(_site.Audit);
        bytes[^20] ^= 1; // in the last line's hash
        await File.WriteAllBytesAsync(_site.Audit, bytes);
    }

    /// <summary>A chain of as many lines that is whole by itself.</summary>
    private async Task WriteAnewAsync(int lines)
    {
        File.Delete(_site.Audit);
        var other = new AuditLog(_site.Audit, TimeProvider.System);
        for (var i = 0; i < lines; i++) await other.AddAsync(new AuditEntry("local:root", null, AuditAct.MakeCode, "nobody"));
    }

    private string[] Snapshot() =>
    [
        .. Directory.EnumerateFiles(_temp.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path} {Convert.ToHexString(File.ReadAllBytes(path))}"),
    ];

    private async Task DoneAsync(params string[] verb)
    {
        var run = await RunAsync(verb);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', verb)}: {run.Errors}");
    }

    private Task<ProgramResult> RunAsync(params string[] verb) => CenterProgram.RunAsync([.. verb, "--state", _site.Root]);
}
