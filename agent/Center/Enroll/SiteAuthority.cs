using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The site's own certificate authority: ECDSA on P-256, SHA-256. It alone says who is the broker, the center or a
/// node.</summary>
internal sealed class SiteAuthority : IDisposable
{
    /// <summary>825 days: the longest life that today's TLS clients accept for a leaf (CA/Browser Forum ballot 193), and a
    /// yearly visit with slack.</summary>
    public const int LeafDays = 825;

    /// <summary>Ten years: the life of a camera site. Rotation makes a new one before that.</summary>
    private const int AuthorityDays = 3650;

    /// <summary>
    /// Every certificate of the site is valid from 1970 on. A node without a battery behind its clock starts there and
    /// must accept the broker's certificate; and a center whose clock was ahead would otherwise make certificates that are not
    /// valid yet once it is set right. Nothing is lost: neither a certificate nor a key can be used before it is made.
    /// </summary>
    private static readonly DateTimeOffset NotBefore = DateTimeOffset.UnixEpoch;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280, 4.2.1.12
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;
    private readonly TimeProvider _time;

    private SiteAuthority(X509Certificate2 certificate, TimeProvider time)
    {
        _certificate = certificate;
        _time = time;
    }

    /// <summary>SHA-256 of the certificate, lower-case hexadecimal.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(_certificate.RawData));

    /// <summary>The certificate, DER.</summary>
    public ReadOnlySpan<byte> Certificate => _certificate.RawData;

    public DateTimeOffset NotAfter => _certificate.NotAfter;

    public string CertificatePem => _certificate.ExportCertificatePem() + "\n";

    public static SiteAuthority Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            Name($"picket site authority {RandomNumberGenerator.GetHexString(8, lowercase: true)}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return new SiteAuthority(
            request.CreateSelfSigned(NotBefore, time.GetUtcNow().AddDays(AuthorityDays)), time);
    }

    /// <exception cref="PicketException">There is none, or key and certificate can't be read.</exception>
    public static SiteAuthority Load(StateFolder folder, TimeProvider time)
    {
        if (!File.Exists(folder.CaKey))
            throw new PicketException(
                $"no site authority in {folder.Root}; create it with: picket-center ca init --state {ShellText.Word(folder.Root)}",
                ExitCode.PartMissing);
        return Load(folder.CaKey, folder.CaCertificate, time);
    }

    /// <summary>The authority that a rotation is about to replace, or null when none is under way.</summary>
    /// <exception cref="PicketException">It can't be read.</exception>
    public static SiteAuthority? LoadOutgoing(StateFolder folder, TimeProvider time) =>
        File.Exists(folder.OldCaKey) ? Load(folder.OldCaKey, folder.OldCaKey, time) : null;

    /// <summary>Makes this the authority that signs.</summary>
    public void Save(StateFolder folder)
    {
        PrivateFiles.Write(folder.CaKey, KeyAndCertificatePem());
        PrivateFiles.Write(folder.CaCertificate, CertificatePem);
    }

    /// <summary>Keeps this as the authority that a rotation replaces.</summary>
    public void SaveOutgoing(StateFolder folder) => PrivateFiles.Write(folder.OldCaKey, KeyAndCertificatePem());

    /// <summary>Both in one file, so that one rename replaces both.</summary>
    private string KeyAndCertificatePem()
    {
        using var key = _certificate.GetECDsaPrivateKey()
            ?? throw new InvalidOperationException("an authority always has its key");
        return key.ExportPkcs8PrivateKeyPem() + "\n" + CertificatePem;
    }

    private static SiteAuthority Load(string keyFile, string certificateFile, TimeProvider time)
    {
        try
        {
            var text = File.ReadAllText(keyFile);
            var certificate = text.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal)
                ? text
                : File.ReadAllText(certificateFile); // a site from before the two were one file
            return new SiteAuthority(X509Certificate2.CreateFromPem(certificate, text), time);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"site authority in {keyFile} can't be read ({e.Message.TrimEnd('.')}); "
                    + "restore the folder from its backup",
                inner: e);
        }
    }

    /// <summary>A client certificate for a node or the center: CN <paramref name="name"/>, nothing else of what was
    /// asked for. The caller disposes it.</summary>
    public X509Certificate2 IssueClient(string name, PublicKey key) => Issue(name, key, ClientAuthentication);

    /// <summary>A server certificate for <paramref name="hosts"/> (DNS names or addresses). The caller disposes
    /// it.</summary>
    public X509Certificate2 IssueServer(string name, PublicKey key, IEnumerable<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }
        return Issue(name, key, ServerAuthentication, names.Build());
    }

    /// <summary>The enrollment port's certificate, which carries the authority's
    /// (<see cref="EnrollmentTls.AuthorityExtension"/>). The caller disposes it.</summary>
    public X509Certificate2 IssueEnrollment(PublicKey key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(_certificate.RawData);
        return Issue(
            EnrollmentTls.ServerName,
            key,
            ServerAuthentication,
            new X509Extension(EnrollmentTls.AuthorityExtension, writer.Encode(), critical: false));
    }

    /// <summary>True if the certificate should be replaced: two thirds of its life, counted as at most <see cref="LeafDays"/>
    /// back from its end, are over, and a new one would last longer.</summary>
    public bool IsDue(X509Certificate2 certificate)
    {
        var (from, until) = ((DateTimeOffset)certificate.NotBefore, (DateTimeOffset)certificate.NotAfter);
        var life = TimeSpan.FromTicks(Math.Min((until - from).Ticks, TimeSpan.FromDays(LeafDays).Ticks));
        return _time.GetUtcNow() >= until - (life / 3) && LeafEnd() > until;
    }

    /// <summary>The list of revoked certificates, as long-lived as the authority: the broker refuses everybody when it
    /// expires, and on an isolated site nobody would renew it in time.</summary>
    /// <param name="number">Above that of the previous list (<see cref="TrustFiles.NextListNumber"/>): of two lists OpenSSL
    /// takes the one issued later. The time of issue is this many seconds after the authority's beginning, not the clock's:
    /// a list from the future, made while the clock was ahead, would shut everybody out.</param>
    public string RevocationListPem(IEnumerable<RevokedCertificate> revoked, BigInteger number)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var (serial, at) in revoked) list.AddEntry(Convert.FromHexString(serial), at);
        var der = list.Build(
            _certificate,
            number,
            _certificate.NotAfter,
            HashAlgorithmName.SHA256,
            thisUpdate: _certificate.NotBefore.AddSeconds((double)number));
        return PemEncoding.WriteString("X509 CRL", der) + "\n";
    }

    public void Dispose() => _certificate.Dispose();

    private X509Certificate2 Issue(string name, PublicKey key, string purpose, params X509Extension[] more)
    {
        if (_time.GetUtcNow() >= NotAfter)
            throw new PicketException(
                $"the site authority ended on {NotAfter:yyyy-MM-dd}, and this machine's clock says "
                    + $"{_time.GetUtcNow():yyyy-MM-dd}; set the clock, or create a new authority: picket-center ca rotate");
        var request = new CertificateRequest(Name(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        foreach (var extension in more) request.CertificateExtensions.Add(extension);
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] = (byte)(serial[0] & 0x7F | 0x01); // positive and without a leading zero (RFC 5280, 4.1.2.2)
        return request.Create(_certificate, Later(NotBefore, _certificate.NotBefore), LeafEnd(), serial);
    }

    /// <summary>When a certificate made now ends: never after the authority does, which no verifier would accept.</summary>
    private DateTimeOffset LeafEnd() => Earlier(_time.GetUtcNow().AddDays(LeafDays), NotAfter);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static X500DistinguishedName Name(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return name.Build();
    }
}

/// <summary>A line of a revocation list.</summary>
/// <param name="Serial">Hexadecimal, as `openssl x509 -serial` prints it.</param>
internal readonly record struct RevokedCertificate(string Serial, DateTimeOffset Revoked);
