using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Center.Enroll;

/// <summary>The steps by which a site comes to be and a node joins it; each leaves the state folder whole.</summary>
internal static class Enrollment
{
    /// <summary>Makes the site: authority, broker certificate, the center's own certificate, the broker's
    /// files.</summary>
    /// <param name="hosts">Names and addresses by which nodes reach the broker, besides localhost and
    /// 127.0.0.1.</param>
    /// <exception cref="CenterException">There is an authority already, or a file can not be written.</exception>
    public static void CreateSite(
        StateFolder folder, IEnumerable<string> hosts, string bind, int port, TimeProvider time)
    {
        using var held = folder.TakeLock();
        if (File.Exists(folder.CaKey))
            throw new CenterException(
                $"a site authority is already in {folder.CaFolder}; use it, or name another folder with --state");
        foreach (var path in (string[])[folder.CaFolder, folder.BrokerFolder, folder.CenterFolder])
            PrivateFiles.CreateFolder(path);

        using var authority = SiteAuthority.Create(time);
        using var brokerKey = NewKey();
        using var broker = authority.IssueServer(
            "broker", new PublicKey(brokerKey), hosts.Concat(["localhost", "127.0.0.1"]).Distinct());
        PrivateFiles.Write(folder.BrokerCa, authority.CertificatePem);
        PrivateFiles.Write(folder.BrokerCertificate, Pem(broker));
        PrivateFiles.Write(folder.BrokerKey, Pem(brokerKey));
        PrivateFiles.Write(folder.BrokerRevoked, authority.RevocationListPem([], 1));
        PrivateFiles.Write(
            folder.BrokerConfiguration, BrokerFiles.Configuration(folder, bind, port, Environment.UserName));
        NodeRegistry.Load(folder).Save();

        using var centerKey = NewKey();
        using var center = authority.IssueClient("center", new PublicKey(centerKey));
        PrivateFiles.Write(folder.CenterCertificate, Pem(center) + authority.CertificatePem);
        PrivateFiles.Write(folder.CenterKey, Pem(centerKey));

        // Last: the authority's key says that the site is complete. Cut before it, the verb can simply be run again.
        authority.Save(folder);
    }

    /// <summary>Signs a node's request, puts the node on the list, rewrites the ACL and has a running broker read
    /// it.</summary>
    /// <param name="expected">The name the operator means, or null to take the request's.</param>
    /// <param name="renew">Whether a node already on the list may get another certificate.</param>
    /// <returns>The bundle: the node's certificate and the authority's, in PEM; the entry; whether a broker was
    /// told.</returns>
    /// <exception cref="CenterException">The request is refused.</exception>
    public static (string Bundle, NodeEntry Entry, bool BrokerTold) Sign(
        StateFolder folder, string requestPem, string source, string? expected, bool renew, TimeProvider time)
    {
        using var held = folder.TakeLock();
        using var authority = SiteAuthority.Load(folder, time);
        var request = NodeRequest.Parse(requestPem, source);
        if (expected is not null && expected != request.Name)
            throw new CenterException(
                $"certificate request {source}: it is for '{request.Name}', not for '{expected}'; "
                    + "check which node it came from");
        var registry = NodeRegistry.Load(folder);
        if (registry.Find(request.Name) is { } known && !renew)
            throw new CenterException(
                $"node {request.Name} was signed on {known.SignedAt:yyyy-MM-dd}; "
                    + "if it really needs another certificate, say --renew");

        using var certificate = authority.IssueClient(request.Name, request.Key);
        var entry = registry.Sign(request.Name, certificate, authority.Fingerprint, time.GetUtcNow());
        registry.Save();
        return (Pem(certificate) + authority.CertificatePem, entry, BrokerReload.Signal(folder));
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static string Pem(ECDsa key) => key.ExportPkcs8PrivateKeyPem() + "\n";
}
