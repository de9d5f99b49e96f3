using System.Security.Cryptography.X509Certificates;

namespace Picket.Center.Enroll;

/// <summary>The authorities that the site trusts now: one, or two while the old one is being replaced. The new one signs
/// nodes from the first day; the old one signs broker, center and enrollment port until the end, since every node knows
/// it.</summary>
internal sealed class SiteAuthorities : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280, 4.2.1.12
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private SiteAuthorities(SiteAuthority issuing, SiteAuthority? outgoing)
    {
        Issuing = issuing;
        Outgoing = outgoing;
    }

    public SiteAuthority Issuing { get; }
    public SiteAuthority? Outgoing { get; }

    public IEnumerable<SiteAuthority> All => Outgoing is null ? [Issuing] : [Issuing, Outgoing];

    public SiteAuthority ForServers => Outgoing ?? Issuing;

    public string TrustedPem => string.Concat(All.Select(authority => authority.CertificatePem));

    /// <summary>These, which are its own from now on.</summary>
    public static SiteAuthorities Of(SiteAuthority issuing, SiteAuthority? outgoing) => new(issuing, outgoing);

    /// <exception cref="PicketException">There is no authority, or it can't be read.</exception>
    public static SiteAuthorities Load(StateFolder folder, TimeProvider time)
    {
        var issuing = SiteAuthority.Load(folder, time);
        var outgoing = SiteAuthority.LoadOutgoing(folder, time);
        // A rotation that was interrupted before its first step: both files hold the same one.
        if (outgoing is null || outgoing.Fingerprint != issuing.Fingerprint) return new SiteAuthorities(issuing, outgoing);
        outgoing.Dispose();
        return new SiteAuthorities(issuing, null);
    }

    /// <summary>Which authority signed this client certificate, whatever its dates say; null if none of ours did, or not for a
    /// client.</summary>
    public SiteAuthority? SignerOf(X509Certificate2 certificate) =>
        All.FirstOrDefault(authority => IsSignedBy(certificate, authority, ClientAuthentication));

    /// <summary>True if one of these signed it for a server, whatever its dates say.</summary>
    public bool IsServerOfOurs(X509Certificate2 certificate) =>
        All.Any(authority => IsSignedBy(certificate, authority, ServerAuthentication));

    public void Dispose()
    {
        Issuing.Dispose();
        Outgoing?.Dispose();
    }

    private static bool IsSignedBy(X509Certificate2 certificate, SiteAuthority authority, string purpose)
    {
        using var root = X509CertificateLoader.LoadCertificate(authority.Certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // the node list says who is revoked
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ApplicationPolicy.Add(new(purpose));
        return chain.Build(certificate);
    }
}
