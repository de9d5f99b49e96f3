using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Enroll;

public sealed class NodeRegistryTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public NodeRegistryTests()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Revoke_Node_ShutsItOutWithEveryCertificateItHad()
    {
        var first = Sign("gate-1");
        var second = Sign("gate-1", renew: true);
        Sign("gate-2");
        var registry = NodeRegistry.Load(_site);

        Assert.True(registry.Revoke("gate-1", Now));
        Assert.False(registry.Revoke("gate-1", Now));
        Assert.False(registry.Revoke("gate-9", Now));
        registry.Save();

        registry = NodeRegistry.Load(_site);
        Assert.True(registry.IsRevoked("gate-1"));
        Assert.False(registry.IsRevoked("gate-2"));
        Assert.False(registry.IsRevoked("gate-9"));
        Assert.Equal(
            new[] { first.Entry.Serial, second.Entry.Serial }.Order(),
            registry.RevokedCertificates(first.Entry.Authority!).Select(c => c.Serial).Order());
        Assert.Empty(registry.RevokedCertificates("of another authority"));
        var acl = File.ReadAllText(_site.BrokerAcl);
        Assert.DoesNotContain("gate-1", acl);
        Assert.Contains("gate-2", acl);
    }

    [Fact]
    public void Sign_AfterRevoke_LetsTheNodeInWithTheNewCertificateAlone()
    {
        var stolen = Sign("gate-1");
        var registry = NodeRegistry.Load(_site);
        registry.Revoke("gate-1", Now);
        registry.Save();

        Sign("gate-1", renew: true);

        registry = NodeRegistry.Load(_site);
        Assert.False(registry.IsRevoked("gate-1"));
        Assert.Equal(
            [new RevokedCertificate(stolen.Entry.Serial, Now)],
            registry.RevokedCertificates(stolen.Entry.Authority!));
        Assert.Contains("user gate-1\n", File.ReadAllText(_site.BrokerAcl));
    }

    [Fact]
    public void RevocationList_AfterRevoke_MakesOpenSslRefuseThatCertificateAlone()
    {
        var stolen = Sign("gate-1");
        var other = Sign("gate-2");
        using (var authority = SiteAuthority.Load(_site, TimeProvider.System))
        {
            var registry = NodeRegistry.Load(_site);
            registry.Revoke("gate-1", Now);
            var number = TrustFiles.NextListNumber(_site);
            Assert.Equal(2, number);
            PrivateFiles.Write(
                _site.BrokerRevoked,
                authority.RevocationListPem(registry.RevokedCertificates(authority.Fingerprint), number));
        }

        Assert.Contains("certificate revoked", Verify(stolen.Bundle).Output);
        Assert.Equal(0, Verify(other.Bundle).ExitCode);
    }

    private (int ExitCode, string Output) Verify(string certificate) => OpenSsl.Run(
        "verify", "-CAfile", _site.CaCertificate, "-crl_check", "-CRLfile", _site.BrokerRevoked, certificate);

    private (string Bundle, NodeEntry Entry) Sign(string name, bool renew = false)
    {
        var (_, request) = OpenSsl.NewRequest(_temp, $"/CN={name}");
        var (bundle, entry, _) = Enrollment.Sign(
            _site, File.ReadAllText(request), request, name, renew, TimeProvider.System);
        var path = _temp.File($"{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, bundle);
        return (path, entry);
    }
}
