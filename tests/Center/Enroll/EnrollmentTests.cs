using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Enroll;

public sealed class EnrollmentTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public EnrollmentTests()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, ["10.20.0.1", "center.line"], "127.0.0.1", 8883, TimeProvider.System);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void CreateSite_BrokerCertificate_IsValidForServersOnly()
    {
        Assert.Equal(0, Verify("sslserver", _site.BrokerCertificate).ExitCode);
        Assert.NotEqual(0, Verify("sslclient", _site.BrokerCertificate).ExitCode);
    }

    [Theory]
    [InlineData("-verify_hostname", "localhost", true)]
    [InlineData("-verify_hostname", "center.line", true)]
    [InlineData("-verify_ip", "127.0.0.1", true)]
    [InlineData("-verify_ip", "10.20.0.1", true)]
    [InlineData("-verify_hostname", "elsewhere.line", false)]
    public void CreateSite_BrokerCertificate_NamesItsHosts(string kind, string host, bool named) =>
        Assert.Equal(
            named,
            OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, kind, host, _site.BrokerCertificate).ExitCode == 0);

    [Fact]
    public void CreateSite_EmptyRevocationList_IsTheAuthoritysAndLetsTheBrokerPass() =>
        Assert.Equal(0, OpenSsl.Run(
            "verify", "-CAfile", _site.CaCertificate, "-crl_check", "-CRLfile", _site.BrokerRevoked,
            _site.BrokerCertificate).ExitCode);

    [Fact]
    public void CreateSite_EveryFile_IsForItsOwnerAlone()
    {
        Assert.All(Directory.GetFiles(_site.Root, "*", SearchOption.AllDirectories), path =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.All(Directory.GetDirectories(_site.Root).Append(_site.Root), path =>
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
    }

    [Fact]
    public void CreateSite_Twice_RefusesAndKeepsTheKey()
    {
        var key = File.ReadAllText(_site.CaKey);
        var refused = Assert.Throws<PicketException>(
            () => Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System));
        Assert.Contains("already", refused.Message);
        Assert.Equal(key, File.ReadAllText(_site.CaKey));
    }

    [Fact]
    public void Sign_RequestOfOpenSsl_GivesAClientCertificateOfTheSite()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var bundle = Sign(request).Bundle;
        Assert.Equal(0, Verify("sslclient", bundle).ExitCode);
        Assert.NotEqual(0, Verify("sslserver", bundle).ExitCode);
        Assert.Contains("CN = gate-1", OpenSsl.Run("x509", "-in", bundle, "-noout", "-subject").Output);
        Assert.Equal(2, File.ReadAllText(bundle).Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Fact]
    public void Sign_CertificateLife_Is825Days()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var bundle = Sign(request).Bundle;
        var lastDay = (SiteAuthority.LeafDays - 1) * 86400;
        Assert.Equal(825, SiteAuthority.LeafDays);
        Assert.Equal(0, OpenSsl.Run("x509", "-in", bundle, "-noout", "-checkend", $"{lastDay}").ExitCode);
        Assert.Equal(1, OpenSsl.Run("x509", "-in", bundle, "-noout", "-checkend", $"{lastDay + 2 * 86400}").ExitCode);
    }

    [Fact]
    public void Sign_ExtensionsThatWereAskedFor_AreNotGranted()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1",
            more: ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "subjectAltName=DNS:localhost"]);
        var text = OpenSsl.Run("x509", "-in", Sign(request).Bundle, "-noout", "-text").Output;
        Assert.Contains("CA:FALSE", text);
        Assert.DoesNotContain("localhost", text);
    }

    [Theory]
    [InlineData("/CN=center", "belongs to the site")]
    [InlineData("/CN=list", "belongs to the site")]
    [InlineData("/CN=Gate 1", "no node name")]
    [InlineData("/CN=gate_1", "no node name")]
    [InlineData("/CN=#", "no node name")]
    [InlineData("/CN=gate-1/O=other", "nothing else")]
    [InlineData("/O=gate-1", "nothing else")]
    public void Sign_BadSubject_IsRefused(string subject, string reason)
    {
        var (_, request) = OpenSsl.NewRequest(_temp, subject);
        Assert.Contains(reason, Assert.Throws<PicketException>(() => Sign(request)).Message);
        Assert.Empty(NodeRegistry.Load(_site).Nodes);
    }

    [Fact]
    public void Sign_OtherCurve_IsRefused()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1", "secp384r1");
        Assert.Contains("P-256", Assert.Throws<PicketException>(() => Sign(request)).Message);
    }

    [Fact]
    public void Sign_SignatureOfAnotherRequest_IsRefused()
    {
        // The last byte of the DER belongs to the signature: a request whose sender does not hold the key looks like
        // this.
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var lines = File.ReadAllLines(request);
        var der = Convert.FromBase64String(string.Concat(lines[1..^1]));
        der[^1] ^= 1;
        File.WriteAllText(
            request,
            $"{lines[0]}\n{Convert.ToBase64String(der, Base64FormattingOptions.InsertLineBreaks)}\n{lines[^1]}\n");
        Assert.Contains("valid signature", Assert.Throws<PicketException>(() => Sign(request)).Message);
    }

    /// <summary>.NET has another exception for what it or OpenSSL does not know than for what is wrong.</summary>
    [Theory]
    [InlineData("06082A8648CE3D030107", "06082A8648CE3D030907")] // the key's curve prime256v1, and 1.2.840.10045.3.9.7
    [InlineData("06082A8648CE3D040302", "06082A8648CE3D040702")] // the signature ecdsa-with-SHA256, and 1.2.840.10045.4.7.2
    public void Sign_UnknownCurveOrAlgorithm_IsRefused(string known, string unknown)
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var lines = File.ReadAllLines(request);
        var der = Convert.ToHexString(Convert.FromBase64String(string.Concat(lines[1..^1])));
        Assert.Contains(known, der);
        var changed = Convert.FromHexString(der.Replace(known, unknown));
        File.WriteAllText(request, $"{lines[0]}\n{Convert.ToBase64String(changed)}\n{lines[^1]}\n");
        Assert.Contains("valid signature", Assert.Throws<PicketException>(() => Sign(request)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM at all")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")]
    public void Sign_NoRequest_IsRefused(string text)
    {
        var request = _temp.File("bad.csr");
        File.WriteAllText(request, text);
        Assert.Throws<PicketException>(() => Sign(request));
    }

    [Fact]
    public void Sign_NameOtherThanExpected_IsRefused()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var refused = Assert.Throws<PicketException>(() => Sign(request, expected: "gate-2"));
        Assert.Contains("'gate-1', not for 'gate-2'", refused.Message);
    }

    [Fact]
    public void Sign_KnownName_NeedsRenew()
    {
        var (_, first) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var (_, second) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var before = Sign(first).Entry;
        Assert.Contains("--renew", Assert.Throws<PicketException>(() => Sign(second)).Message);
        Assert.NotEqual(before.Serial, Sign(second, renew: true).Entry.Serial);
        Assert.Single(NodeRegistry.Load(_site).Nodes);
    }

    [Fact]
    public void Sign_Entry_IsWhatOpenSslReads()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var (bundle, entry) = Sign(request);
        Assert.Equal($"serial={entry.Serial}", OpenSsl.Run("x509", "-in", bundle, "-noout", "-serial").Output.Trim());
        var fingerprint = OpenSsl.Run("x509", "-in", bundle, "-noout", "-fingerprint", "-sha256").Output.Trim()
            .Split('=')[1];
        Assert.Equal(fingerprint.Replace(":", "").ToLowerInvariant(), entry.Sha256);
        Assert.Equal(entry, Assert.Single(NodeRegistry.Load(_site).Nodes));
    }

    [Fact]
    public void Sign_WithoutSite_SaysHowToMakeIt()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var other = new StateFolder(_temp.File("other"));
        var missing = Assert.Throws<PicketException>(
            () => Enrollment.Sign(other, File.ReadAllText(request), request, null, false, TimeProvider.System));
        Assert.Equal(ExitCode.PartMissing, missing.ExitCode);
        Assert.Contains("ca init", missing.Message);
    }

    private (string Bundle, NodeEntry Entry) Sign(string request, string? expected = null, bool renew = false)
    {
        var (bundle, entry, _) = Enrollment.Sign(
            _site, File.ReadAllText(request), request, expected, renew, TimeProvider.System);
        var path = _temp.File($"{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, bundle);
        return (path, entry);
    }

    private (int ExitCode, string Output) Verify(string purpose, string certificate) =>
        OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, "-purpose", purpose, certificate);
}
