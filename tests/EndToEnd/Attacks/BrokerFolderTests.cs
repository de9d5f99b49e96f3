using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Center.Web;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd.Attacks;

/// <summary>H6: who has taken over the broker can write what the broker may write, or has written there before it could not.
/// Nothing that the center trusts comes from there, and no revocation fails for it.</summary>
public sealed class BrokerFolderTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));
    private TestSite _site = null!;

    private CancellationToken Cancel => _limit.Token;
    private StateFolder Folder => _site.Folder;

    public async Task InitializeAsync() => _site = await TestSite.StartAsync();

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        _limit.Dispose();
    }

    [BrokerFact]
    public async Task Import_OfAStickByAnAuthorityThatTheBrokerTrusts_IsRefused()
    {
        using var forged = Forge("gate-1");
        await File.AppendAllTextAsync(Folder.BrokerCa, forged.Authority.ExportCertificatePem() + "\n", Cancel);
        var header = new SpoolHeader(1, "gate-1", Guid.CreateVersion7(), 1, Events.Noon);
        var path = _site.Temp.File(header.EventsFile);
        using (var writer = SpoolWriter.Create(path, header))
        {
            writer.AddEvent(WireJson.Write(Events.Face(
                "gate-1", header.Epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0)));
            writer.Seal(forged.Key, forged.Leaf.ExportCertificatePem());
        }
        _site.Sign("gate-1");

        var import = await CenterProgram.RunAsync("import", path, "--state", Folder.Root);

        Assert.Equal(1, import.ExitCode);
        Assert.Contains("refused", import.Output);
    }

    // As an attacker tried: bytes, and a list of the highest number that twenty bytes of DER hold.
    [BrokerTheory]
    [InlineData("damaged")]
    [InlineData("highest number")]
    [InlineData("gone")]
    [InlineData("all gone")]
    public async Task Revoke_WithTheBrokersFilesDamaged_EndsTheNodeAllTheSame(string how)
    {
        await using var node = await _site.JoinAsync("gate-1", Cancel);
        await using var other = await _site.JoinAsync("gate-2", Cancel);
        if (how == "damaged") await File.WriteAllTextAsync(Folder.BrokerRevoked, "-----BEGIN X509 CRL-----\nAAAA\n", Cancel);
        else if (how == "highest number") await File.WriteAllTextAsync(Folder.BrokerRevoked, HighestList(), Cancel);
        else
        {
            File.Delete(Folder.BrokerRevoked);
            if (how == "all gone") File.Delete(Folder.BrokerCa);
        }

        var revoke = await CenterProgram.RunAsync(
            "node", "revoke", "gate-1", "--state", Folder.Root, "--broker", $"localhost:{_site.Port}");

        Assert.Equal((0, ""), (revoke.ExitCode, revoke.Errors));
        await node.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));
        Assert.False(other.Closed.IsCompleted);
        Assert.NotNull(Revoked(await ListAsync(), "gate-1"));
    }

    // The broker's process id is the one thing that it writes itself: without a true one it can't be told.
    [BrokerTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revoke_BrokerThatCanNotBeTold_FailsAndTheListDoesNotSayRevoked(bool pipe)
    {
        await using var node = await _site.JoinAsync("gate-1", Cancel);
        File.Delete(Folder.BrokerPid);
        if (pipe) await ExternalProgram.OutputOfAsync("/usr/bin/mkfifo", Folder.BrokerPid);

        var revoke = await CenterProgram.RunAsync(
            "node", "revoke", "gate-1", "--state", Folder.Root, "--broker", $"localhost:{_site.Port}");

        Assert.Equal(1, revoke.ExitCode);
        Assert.Contains("could not be told", Assert.Single(revoke.ErrorLines()));
        Assert.False(node.Closed.IsCompleted);
        var list = await ListAsync();
        Assert.Null(Revoked(list, "gate-1"));
        Assert.Contains("gate-1: its revocation did not finish", Assert.Single(list.ErrorLines()));
    }

    [BrokerFact]
    public async Task Run_WithTheBrokersFilesGoneOrDamaged_MakesThemAnewAndLetsPersonsIn()
    {
        // Before the center runs: while it makes the files anew nobody else changes the folder.
        using var person = OperatorBrowser.NewPerson(Folder, "anna", OperatorRole.Viewer);
        var before = await File.ReadAllTextAsync(Folder.BrokerCa, Cancel);
        File.Delete(Folder.BrokerCa);
        await File.WriteAllTextAsync(Folder.BrokerCertificate, "no certificate", Cancel);
        await File.WriteAllTextAsync(Folder.BrokerAcl, "topic readwrite #\n", Cancel);
        File.Delete(Folder.BrokerRevoked);
        await using var center = new RunningCenter(Folder, _site.Mosquitto, operators: true);
        var console = await center.LinkAsync(Cancel);
        using var anna = OperatorBrowser.New(Folder, person, console.Port);
        Assert.Equal(HttpStatusCode.OK, (await anna.GetAsync("/api/me", Cancel)).StatusCode);
        while (!File.Exists(Folder.BrokerRevoked)) await Task.Delay(20, Cancel); // made anew as the last
        Assert.Equal(before, await File.ReadAllTextAsync(Folder.BrokerCa, Cancel));
        Assert.DoesNotContain("#\n", await File.ReadAllTextAsync(Folder.BrokerAcl, Cancel));
        Assert.Equal(0, OpenSsl.Run(
            "verify", "-CAfile", Folder.CaCertificate, "-verify_hostname", "localhost", Folder.BrokerCertificate).ExitCode);
    }

    // A site as the version before left it: nothing in ca/ but the key and its certificate.
    [BrokerFact]
    public async Task Run_SiteOfAnEarlierVersion_IsTakenOver()
    {
        await using var node = await _site.JoinAsync("gate-1", Cancel);
        foreach (var file in (string[])[Folder.CaTrusted, Folder.CaBrokerCertificate, Folder.CaRevoked, Folder.ListNumber])
            File.Delete(file);
        await using (var center = new RunningCenter(Folder, _site.Mosquitto, operators: true))
        {
            await center.LinkAsync(Cancel);
            while (!File.Exists(Folder.CaRevoked)) await Task.Delay(20, Cancel);
        }
        await new NodeRevocation(Folder, new BrokerAddress("localhost", _site.Port), TimeProvider.System).RunAsync("gate-1", Cancel);
        await node.Closed.WaitAsync(Cancel);
        await Assert.ThrowsAsync<MqttException>(() => _site.ConnectAsync("gate-1", Cancel));
    }

    private Task<ProgramResult> ListAsync() => CenterProgram.RunAsync("node", "list", "--json", "--state", Folder.Root);

    private static string? Revoked(ProgramResult list, string name)
    {
        using var nodes = JsonDocument.Parse(list.Output);
        var node = nodes.RootElement.EnumerateArray().Single(node => node.GetProperty("name").GetString() == name);
        return node.TryGetProperty("revoked", out var at) ? at.GetString() : null;
    }

    private string HighestList()
    {
        using var authority = SiteAuthority.Load(Folder, TimeProvider.System);
        using var signer = X509Certificate2.CreateFromPemFile(Folder.CaCertificate, Folder.CaKey);
        var list = new CertificateRevocationListBuilder().Build(
            signer, ulong.MaxValue, DateTimeOffset.UtcNow.AddDays(1), HashAlgorithmName.SHA256, thisUpdate: DateTimeOffset.UnixEpoch);
        return PemEncoding.WriteString("X509 CRL", list) + "\n";
    }

    private static Forged Forge(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = new CertificateRequest("CN=picket site authority", key, HashAlgorithmName.SHA256);
        own.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = own.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddYears(1));
        var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        var leaf = request.Create(authority, DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddDays(30), [1, 2, 3]);
        return new Forged(authority, leaf, leafKey);
    }

    private sealed record Forged(X509Certificate2 Authority, X509Certificate2 Leaf, ECDsa Key) : IDisposable
    {
        public void Dispose()
        {
            Authority.Dispose();
            Leaf.Dispose();
            Key.Dispose();
        }
    }
}
