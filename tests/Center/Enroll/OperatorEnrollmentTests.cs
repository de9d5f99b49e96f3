using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Enroll;

public sealed class OperatorEnrollmentTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;

    public OperatorEnrollmentTests()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Sign_RequestOfOpenSsl_GivesAClientCertificateOfTheSite()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=op-anna");
        var (bundle, entry) = Sign("anna", request);
        Assert.Equal(
            0, OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, "-purpose", "sslclient", bundle).ExitCode);
        Assert.Contains("CN = op-anna", OpenSsl.Run("x509", "-in", bundle, "-noout", "-subject").Output);
        Assert.Equal($"serial={entry.Serial}", OpenSsl.Run("x509", "-in", bundle, "-noout", "-serial").Output.Trim());
        Assert.Equal(entry, Assert.Single(OperatorRegistry.Load(_site).Operators));
    }

    [Theory]
    [InlineData("/CN=op-bert", "not for 'op-anna'")]
    [InlineData("/CN=anna", "not for 'op-anna'")]
    [InlineData("/CN=center", "belongs to the site")]
    public void Sign_RequestForAnotherName_IsRefused(string subject, string reason)
    {
        var (_, request) = OpenSsl.NewRequest(_temp, subject);
        Assert.Contains(reason, Assert.Throws<PicketException>(() => Sign("anna", request)).Message);
        Assert.Empty(OperatorRegistry.Load(_site).Operators);
    }

    [Fact]
    public void Sign_NodeWithAnOperatorsName_IsRefused()
    {
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=op-anna");
        var refused = Assert.Throws<PicketException>(
            () => Enrollment.Sign(_site, File.ReadAllText(request), request, null, false, TimeProvider.System));
        Assert.Contains("belong to operators", refused.Message);
    }

    [Fact]
    public void Pack_File_OpensInOpenSslWithItsPassPhraseAlone()
    {
        var (file, passPhrase, entry) = OperatorEnrollment.Pack(
            _site, "anna", OperatorRole.Reviewer, false, TimeProvider.System);
        var path = _temp.File("anna.p12");
        File.WriteAllBytes(path, file);
        Assert.NotEqual(0, OpenSsl.Run("pkcs12", "-in", path, "-passin", "pass:", "-nokeys").ExitCode);
        var opened = OpenSsl.Run("pkcs12", "-in", path, "-passin", $"pass:{passPhrase}", "-nodes", "-info");
        Assert.Equal(0, opened.ExitCode);
        Assert.Contains("CN = op-anna", opened.Output);
        Assert.Contains("AES-256-CBC", opened.Output);
        Assert.DoesNotContain("RC2", opened.Output);
        Assert.Equal(OperatorRole.Reviewer, entry.Role);
        // 4 groups of 5 characters of an alphabet of 32 are 100 bits.
        Assert.Matches("^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$", passPhrase);
    }

    [Fact]
    public void Pack_PassPhrase_StandsInNoFileOfTheSite()
    {
        var (_, passPhrase, _) = OperatorEnrollment.Pack(
            _site, "anna", OperatorRole.Reviewer, false, TimeProvider.System);
        Assert.All(
            Directory.GetFiles(_site.Root, "*", SearchOption.AllDirectories),
            path => Assert.DoesNotContain(passPhrase, File.ReadAllText(path)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Anna")]
    [InlineData("anna\nbert")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890x")]
    public void Pack_NameThatIsNone_IsRefused(string name) =>
        Assert.Throws<PicketException>(
            () => OperatorEnrollment.Pack(_site, name, OperatorRole.Viewer, false, TimeProvider.System));

    [Fact]
    public void Pack_KnownName_NeedsRenewWhichChangesTheRole()
    {
        OperatorEnrollment.Pack(_site, "anna", OperatorRole.Viewer, false, TimeProvider.System);
        var refused = Assert.Throws<PicketException>(
            () => OperatorEnrollment.Pack(_site, "anna", OperatorRole.Administrator, false, TimeProvider.System));
        Assert.Contains("--renew", refused.Message);
        OperatorEnrollment.Pack(_site, "anna", OperatorRole.Administrator, true, TimeProvider.System);
        Assert.Equal(OperatorRole.Administrator, Assert.Single(OperatorRegistry.Load(_site).Operators).Role);
    }

    [Fact]
    public void Revoke_Twice_TellsTheFirstTime()
    {
        OperatorEnrollment.Pack(_site, "anna", OperatorRole.Viewer, false, TimeProvider.System);
        Assert.True(OperatorEnrollment.Revoke(_site, "anna", TimeProvider.System));
        Assert.False(OperatorEnrollment.Revoke(_site, "anna", TimeProvider.System));
        Assert.Throws<PicketException>(() => OperatorEnrollment.Revoke(_site, "bert", TimeProvider.System));
    }

    [Theory]
    [InlineData("[{\"name\":\"anna\",\"role\":\"owner\"}]")]
    [InlineData("[{\"name\":\"../x\",\"role\":\"viewer\",\"serial\":\"\",\"sha256\":\"\",\"signedAt\":\"2026-01-01T00:00:00Z\",\"notAfter\":\"2026-01-01T00:00:00Z\"}]")]
    [InlineData("[{\"name\":\"anna\",\"role\":7,\"serial\":\"\",\"sha256\":\"\",\"signedAt\":\"2026-01-01T00:00:00Z\",\"notAfter\":\"2026-01-01T00:00:00Z\"}]")]
    [InlineData("{")]
    public void Load_DamagedList_SaysSo(string text)
    {
        File.WriteAllText(_site.Operators, text);
        Assert.Contains("damaged", Assert.Throws<PicketException>(() => OperatorRegistry.Load(_site)).Message);
    }

    private (string Bundle, OperatorEntry Entry) Sign(string name, string request)
    {
        var (bundle, entry) = OperatorEnrollment.Sign(
            _site, name, OperatorRole.Reviewer, File.ReadAllText(request), request, false, TimeProvider.System);
        var path = _temp.File($"{Guid.NewGuid():N}.pem");
        File.WriteAllText(path, bundle);
        return (path, entry);
    }
}
