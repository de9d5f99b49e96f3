using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Center.Enroll;

/// <summary>The console's server certificate: of the site's own authority, for the names that the broker's has.</summary>
internal static class ConsoleCertificate
{
    private const string AlternativeNames = "2.5.29.17"; // RFC 5280, 4.2.1.6

    /// <summary>The certificate with its key; a new one is made if there is none, if two thirds of its life are over, or if the
    /// authority has changed. The caller disposes it.</summary>
    /// <exception cref="PicketException">There is no site, or a file can't be read or written.</exception>
    public static X509Certificate2 Load(StateFolder folder, TimeProvider time)
    {
        using var authorities = SiteAuthorities.Load(folder, time);
        var authority = authorities.ForServers;
        if (Stored(folder, authority) is { } stored) return stored;
        using var held = folder.TakeLock();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var broker = BrokerCertificate.Load(folder, authorities);
        using var certificate = authority.IssueServer("console", new PublicKey(key), Hosts(broker));
        PrivateFiles.Write(folder.ConsoleKey, key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFiles.Write(folder.ConsoleCertificate, certificate.ExportCertificatePem() + "\n");
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The names and addresses for which <paramref name="certificate"/> is good.</summary>
    public static IReadOnlyList<string> Hosts(X509Certificate2 certificate)
    {
        var names = certificate.Extensions[AlternativeNames]?.RawData;
        if (names is null) return [];
        var extension = new X509SubjectAlternativeNameExtension(names);
        return [.. extension.EnumerateDnsNames(), .. extension.EnumerateIPAddresses().Select(address => address.ToString())];
    }

    private static X509Certificate2? Stored(StateFolder folder, SiteAuthority authority)
    {
        if (!File.Exists(folder.ConsoleCertificate) || !File.Exists(folder.ConsoleKey)) return null;
        try
        {
            var stored = X509Certificate2.CreateFromPemFile(folder.ConsoleCertificate, folder.ConsoleKey);
            using var issuer = X509Certificate2.CreateFromPem(authority.CertificatePem);
            var identifier = issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier;
            var issued = stored.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().SingleOrDefault();
            var isOurs = issued?.KeyIdentifier is { } id && Convert.ToHexString(id.Span) == identifier;
            if (isOurs && !authority.IsDue(stored)) return stored;
            stored.Dispose();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Interrupted between the two files, or damaged: another one costs nothing.
            return null;
        }
    }
}
