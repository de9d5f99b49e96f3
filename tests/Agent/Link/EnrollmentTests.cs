using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Agent.Link;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Link;

/// <summary>The center's part is played by the framework's certificate classes (TestPki), not by our own.</summary>
public sealed class EnrollmentTests : IDisposable
{
    private const string Source = "bundle.pem";

    private readonly TempFolder _temp = new();
    private readonly TestPki _pki;

    public EnrollmentTests() => _pki = new TestPki(_temp.File("pki"));

    private NodeIdentity Identity => new(_temp.File("state"));

    public void Dispose()
    {
        _pki.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Request_NewNode_AsksForItsNameWithAP256KeyOfItsOwn()
    {
        var pem = Enrollment.Request(Identity, "gate-1");

        var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
        Assert.Equal("CN=gate-1", request.SubjectName.Name);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Identity.KeyFile));
        Assert.Equal(256, key.KeySize);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), request.PublicKey.ExportSubjectPublicKeyInfo());
        const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(FileMode, File.GetUnixFileMode(Identity.KeyFile));
        Assert.Equal(FileMode | UnixFileMode.UserExecute, File.GetUnixFileMode(Identity.StateFolder));
    }

    [Fact]
    public void Request_Again_KeepsTheKey()
    {
        Enrollment.Request(Identity, "gate-1");
        var key = File.ReadAllText(Identity.KeyFile);

        Enrollment.Request(Identity, "gate-1");

        Assert.Equal(key, File.ReadAllText(Identity.KeyFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Gate")]
    [InlineData("a/b")]
    [InlineData("a,O=Center")]
    public void Request_NameThatIsNone_Refuses(string name)
    {
        var error = Assert.Throws<PicketException>(() => Enrollment.Request(Identity, name));

        Assert.Equal(ExitCode.BadUsage, error.ExitCode);
    }

    [Fact]
    public void Install_AnswerToTheRequest_ReplacesCertificateAndCa()
    {
        var bundle = _pki.SignBundle(Enrollment.Request(Identity, "gate-1"));

        Assert.Equal("gate-1", Enrollment.Install(Identity, bundle, Source));

        using var pair = X509Certificate2.CreateFromPemFile(Identity.CertificateFile, Identity.KeyFile);
        Assert.Equal("CN=gate-1", pair.Subject);
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Identity.CaFile);
        using var expected = X509CertificateLoader.LoadCertificateFromFile(_pki.CaFile);
        Assert.Equal(expected.Thumbprint, ca.Thumbprint);
    }

    [Fact]
    public void Install_CertificateOfAnotherKey_Refuses()
    {
        var other = new NodeIdentity(_temp.File("other"));
        var bundle = _pki.SignBundle(Enrollment.Request(other, "gate-1"));
        Enrollment.Request(Identity, "gate-1");

        AssertRefused(bundle, "another key");
    }

    [Fact]
    public void Install_CertificateOfAnotherName_Refuses()
    {
        var bundle = _pki.SignBundle(Enrollment.Request(Identity, "gate-2"));
        Enrollment.Request(Identity, "gate-1");

        AssertRefused(bundle, "gate-2");
    }

    [Fact]
    public void Install_CaThatDidNotSign_Refuses()
    {
        using var stranger = new TestPki(_temp.File("stranger"));
        var bundle = _pki.SignBundle(Enrollment.Request(Identity, "gate-1"));
        var end =
            bundle.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + "-----END CERTIFICATE-----".Length;

        AssertRefused(bundle[..end] + "\n" + File.ReadAllText(stranger.CaFile), "not signed");
    }

    [Fact]
    public void Install_CertificateAlone_Refuses()
    {
        var bundle = _pki.SignBundle(Enrollment.Request(Identity, "gate-1"));
        var end =
            bundle.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + "-----END CERTIFICATE-----".Length;

        AssertRefused(bundle[..end], "followed by the CA");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Install_NoBundle_Refuses(string bundle)
    {
        Enrollment.Request(Identity, "gate-1");

        AssertRefused(bundle, Source);
    }

    [Fact]
    public void Install_WithoutARequest_SaysWhatToDo()
    {
        var error = Assert.Throws<PicketException>(() => Enrollment.Install(Identity, "", Source));

        Assert.Contains("picket join --request", error.Message, StringComparison.Ordinal);
    }

    private void AssertRefused(string bundle, string reason)
    {
        var error = Assert.Throws<PicketException>(() => Enrollment.Install(Identity, bundle, Source));

        Assert.Contains(Source, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Identity.CertificateFile));
        Assert.False(File.Exists(Identity.CaFile));
    }
}
