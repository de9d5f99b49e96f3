using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Enroll;

namespace Picket.Center.Broker;

/// <summary>The broker's certificate and the authorities whose client certificates it accepts: read from the site's files, and again
/// when a rotation or a renewal has changed them. Any thread.</summary>
internal sealed class BrokerIdentity : IDisposable
{
    private readonly StateFolder _folder;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<X509Certificate2> _certificates = [];
    private SslStreamCertificateContext _server;
    private X509Certificate2Collection _authorities;
    private (DateTime, DateTime, DateTime) _stamp;

    /// <exception cref="PicketException">There is no site, or its files can't be read.</exception>
    public BrokerIdentity(StateFolder folder, TimeProvider time)
    {
        (_folder, _time) = (folder, time);
        _stamp = Stamp();
        (_server, _authorities) = Load();
    }

    /// <summary>Reads the files again. True if they have changed.</summary>
    /// <exception cref="PicketException">They can't be read; what was read before stays in force.</exception>
    public bool Refresh()
    {
        lock (_gate)
        {
            var stamp = Stamp();
            if (stamp == _stamp) return false;
            (_server, _authorities) = Load();
            _stamp = stamp;
            return true;
        }
    }

    /// <summary>The rules of a handshake: TLS 1.3 and a currently valid client certificate of the site's authority. Nothing is
    /// fetched, and no session is resumed without a check of the certificate.</summary>
    public SslServerAuthenticationOptions Handshake()
    {
        lock (_gate)
        {
            return new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _server,
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateRequired = true,
                CertificateChainPolicy = Trust(),
                RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None,
                AllowTlsResume = false,
                AllowRenegotiation = false,
            };
        }
    }

    /// <summary>Whether an authority that is trusted now has signed the certificate.</summary>
    public bool IsOurs(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        lock (_gate) chain.ChainPolicy = Trust();
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid; // checked in the handshake
        return chain.Build(certificate);
    }

    public void Dispose()
    {
        foreach (var certificate in _certificates) certificate.Dispose();
    }

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // the node list decides, at each CONNECT and whenever it changes
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    private (SslStreamCertificateContext, X509Certificate2Collection) Load()
    {
        using var authorities = SiteAuthorities.Load(_folder, _time);
        try
        {
            // A handshake may still use the previous one.
            _certificates.Add(X509Certificate2.CreateFromPemFile(BrokerCertificate.PathOf(_folder), _folder.BrokerKey));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"the broker's certificate and key {_folder.BrokerKey} can't be read ({e.Message.TrimEnd('.')}); restore the folder "
                    + "from its backup",
                inner: e);
        }
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPem(authorities.TrustedPem);
        // Offline: no certificate is searched for elsewhere, on a line that leads nowhere.
        return (SslStreamCertificateContext.Create(_certificates[^1], null, offline: true), trusted);
    }

    // 1601 for a file that is not there.
    private (DateTime, DateTime, DateTime) Stamp() => (
        File.GetLastWriteTimeUtc(_folder.CaKey),
        File.GetLastWriteTimeUtc(_folder.OldCaKey),
        File.GetLastWriteTimeUtc(BrokerCertificate.PathOf(_folder)));
}
