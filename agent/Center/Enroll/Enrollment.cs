using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Receive;
using Picket.Wire;

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
        foreach (var path in (string[])[folder.CaFolder, folder.BrokerFolder, folder.CenterFolder, folder.IssuedFolder])
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
        return SignHeld(folder, requestPem, source, expected, renew, time);
    }

    /// <summary>As <see cref="Sign"/>, beside a running center, which changes the folder now and then.</summary>
    public static async Task<(string Bundle, NodeEntry Entry, bool BrokerTold)> SignAsync(
        StateFolder folder, string requestPem, string source, string? expected, bool renew, TimeProvider time,
        CancellationToken cancel)
    {
        using var held = await folder.TakeLockAsync(time, cancel);
        return SignHeld(folder, requestPem, source, expected, renew, time);
    }

    private static (string Bundle, NodeEntry Entry, bool BrokerTold) SignHeld(
        StateFolder folder, string requestPem, string source, string? expected, bool renew, TimeProvider time)
    {
        using var authorities = SiteAuthorities.Load(folder, time);
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

        var (certificate, entry) = Issue(folder, authorities, registry, request, time);
        return (certificate + authorities.TrustedPem, entry, BrokerReload.Signal(folder));
    }

    /// <summary>Gives the node of a checked request its next certificate and writes the list; the lock is the
    /// caller's.</summary>
    /// <returns>The certificate in PEM, and the entry.</returns>
    public static (string CertificatePem, NodeEntry Entry) Issue(
        StateFolder folder, SiteAuthorities authorities, NodeRegistry registry, NodeRequest request, TimeProvider time)
    {
        using var certificate = authorities.Issuing.IssueClient(request.Name, request.Key);
        var pem = Pem(certificate);
        var entry = registry.Sign(request.Name, certificate, authorities.Issuing.Fingerprint, time.GetUtcNow());
        // Before the list: what the list names can be given again.
        PrivateFiles.CreateFolder(folder.IssuedFolder);
        PrivateFiles.Write(folder.Issued(request.Name), pem);
        registry.Save();
        return (pem, entry);
    }

    /// <summary>Makes a one-time code by which a machine can join as <paramref name="name"/>.</summary>
    /// <exception cref="CenterException">The name is none, or a node that is not shut out has it.</exception>
    public static async Task<JoinCode> AddNodeAsync(
        StateFolder folder, string name, TimeSpan life, TimeProvider time, CancellationToken cancel)
    {
        if (!NodeRequest.IsAllowed(name))
            throw new CenterException(
                $"'{Plain.Text(name, 64)}' can't name a node; use 1 to 63 of a-z, 0-9 and '-', and none of the site's own names",
                ExitCode.BadUsage);
        using var held = await folder.TakeLockAsync(time, cancel);
        using var authorities = SiteAuthorities.Load(folder, time);
        if (NodeRegistry.Load(folder).Find(name) is { Revoked: null } known)
            throw new CenterException(
                $"node {name} was signed on {known.SignedAt:yyyy-MM-dd}; to give its name to another machine, shut the old "
                    + $"one out first: picket-center node revoke {name}");
        // The one that signs the port's certificate: it is what the code's owner will see there.
        var code = JoinCode.Create(name, authorities.ForServers.Certificate);
        var codes = JoinCodes.Load(folder);
        codes.Add(code, life, time.GetUtcNow());
        codes.Save();
        return code;
    }

    /// <summary>False when broker or center need another certificate (two thirds of the present one's life are over), or a
    /// cut rotation left the broker with other authorities than it is to trust.</summary>
    public static bool AreServersGood(StateFolder folder, SiteAuthorities authorities)
    {
        using var broker = X509CertificateLoader.LoadCertificateFromFile(folder.BrokerCertificate);
        using var center = X509CertificateLoader.LoadCertificateFromFile(folder.CenterCertificate);
        return !authorities.ForServers.IsDue(broker)
            && !authorities.ForServers.IsDue(center)
            && TrustFiles.AreAuthoritiesWritten(folder, authorities);
    }

    /// <summary>Puts right what <see cref="AreServersGood"/> finds. True when something changed; the lock is the
    /// caller's.</summary>
    public static bool RenewServers(StateFolder folder, SiteAuthorities authorities)
    {
        if (AreServersGood(folder, authorities)) return false;
        TrustFiles.WriteAuthorities(folder, authorities);
        WriteServers(folder, authorities.ForServers);
        return true;
    }

    /// <summary>Certificates of <paramref name="authority"/> for broker and center, of the keys that they have: mosquitto
    /// reads key and certificate one after the other, and a pair that does not match would end it.</summary>
    public static void WriteServers(StateFolder folder, SiteAuthority authority)
    {
        using var old = X509CertificateLoader.LoadCertificateFromFile(folder.BrokerCertificate);
        using var brokerKey = ReadKey(folder.BrokerKey);
        using var broker = authority.IssueServer("broker", new PublicKey(brokerKey), HostsOf(old));
        PrivateFiles.Write(folder.BrokerCertificate, Pem(broker));
        using var centerKey = ReadKey(folder.CenterKey);
        using var center = authority.IssueClient("center", new PublicKey(centerKey));
        PrivateFiles.Write(folder.CenterCertificate, Pem(center) + authority.CertificatePem);
    }

    private static IEnumerable<string> HostsOf(X509Certificate2 server)
    {
        var names = server.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToArray();
        return [
            .. names.SelectMany(name => name.EnumerateDnsNames()),
            .. names.SelectMany(name => name.EnumerateIPAddresses()).Select(address => address.ToString()),
        ];
    }

    private static ECDsa ReadKey(string path)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return key;
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static string Pem(ECDsa key) => key.ExportPkcs8PrivateKeyPem() + "\n";
}
