using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Tests.Support;

/// <summary>A CA of P-256 keys for one test and the PEM files of what it signs; made with the framework, not with our
/// own code.</summary>
internal sealed class TestPki : IDisposable
{
    private readonly string _folder;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _ca;

    /// <param name="folder">Where the files go; made if needed.</param>
    public TestPki(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        var request = new CertificateRequest("CN=Picket test CA", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        File.WriteAllText(CaFile, _ca.ExportCertificatePem());
    }

    /// <summary>Of what is issued from now on.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Lifetime { get; set; } =
        (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(9));

    /// <summary>What the next certificates are for, if not what their name and addresses tell (RFC 5280, section
    /// 4.2.1.12).</summary>
    public string? Usage { get; set; }

    public string CaFile => Path.Combine(_folder, "ca.pem");

    public string CertificateFile(string name) => Path.Combine(_folder, $"{name}.pem");

    public string KeyFile(string name) => Path.Combine(_folder, $"{name}.key");

    /// <summary>Writes <c>name.pem</c> and <c>name.key</c> for a client (or, with <paramref name="server"/>, for
    /// localhost and <paramref name="addresses"/>).</summary>
    public void Issue(string name, bool server = false, params IPAddress[] addresses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var usage = Usage ?? (server ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2");
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (server)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            foreach (var address in addresses.Prepend(IPAddress.Loopback)) names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }
        File.WriteAllText(CertificateFile(name), Sign(request).ExportCertificatePem());
        File.WriteAllText(KeyFile(name), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Signs a PKCS#10 request as the center does: the node's certificate followed by the CA's.</summary>
    public string SignBundle(string requestPem)
    {
        var request = CertificateRequest.LoadSigningRequestPem(requestPem, HashAlgorithmName.SHA256);
        return Sign(request).ExportCertificatePem() + "\n" + _ca.ExportCertificatePem() + "\n";
    }

    public void Dispose()
    {
        _ca.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(CertificateRequest request) =>
        request.Create(_ca, Lifetime.From, Lifetime.To, RandomNumberGenerator.GetBytes(16));
}
