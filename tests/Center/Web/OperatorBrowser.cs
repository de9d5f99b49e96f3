using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Enroll;

namespace Picket.Tests.Center.Web;

/// <summary>An HTTP client that trusts the site's authority alone and shows a client certificate, if it has one.</summary>
internal static class OperatorBrowser
{
    /// <summary>A person with a new certificate of the site. The certificate is the client's.</summary>
    public static HttpClient Of(StateFolder site, string name, OperatorRole role, int port) =>
        New(site, NewPerson(site, name, role), port);

    /// <param name="time">When the certificate is signed; now, if null.</param>
    public static X509Certificate2 NewPerson(
        StateFolder site, string name, OperatorRole role, TimeProvider? time = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=op-{name}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var (bundle, _) = OperatorEnrollment.Sign(
            site, name, role, request, "test", renew: true, time ?? TimeProvider.System);
        using var certificate = X509Certificate2.CreateFromPem(bundle);
        return certificate.CopyWithPrivateKey(key);
    }

    public static HttpClient New(StateFolder site, X509Certificate2? certificate, int port)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        trust.CustomTrustStore.ImportFromPemFile(site.CaCertificate);
        var options = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = trust,
            EnabledSslProtocols = SslProtocols.Tls13,
        };
        if (certificate is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        return new HttpClient(new SocketsHttpHandler { SslOptions = options, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri($"https://localhost:{port}"),
        };
    }
}
