using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Audit;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The steps by which a site comes to be and a node joins it; each leaves the state folder whole.</summary>
internal static class Enrollment
{
    /// <summary>Makes the site: authority, broker certificate, the center's own certificate, the broker's
    /// place.</summary>
    /// <param name="hosts">Names and addresses by which nodes reach the broker, besides localhost and
    /// 127.0.0.1.</param>
    /// <exception cref="PicketException">There is an authority already, or a file can't be written.</exception>
    public static void CreateSite(
        StateFolder folder, IEnumerable<string> hosts, string bind, int port, TimeProvider time)
    {
        using var held = folder.TakeLock();
        if (File.Exists(folder.CaKey))
            throw new PicketException(
                $"a site authority is already in {folder.CaFolder}; use it, or name another folder with --state");
        // Left by an earlier site that is gone.
        if (folder.MakeLastingFolder())
            foreach (var path in (string[])[folder.LastingMark, folder.LastingNumber, folder.LastingRevoked]) File.Delete(path);
        PrivateFiles.CreateFolder(folder.CaFolder);
        new AuditLog(folder, time).Put(AuditEntry.Local(AuditAct.MakeSite, folder.Root));
        foreach (var path in (string[])[folder.BrokerFolder, folder.CenterFolder, folder.IssuedFolder])
            PrivateFiles.CreateFolder(path);
        PrivateFiles.Write(folder.BrokerListen, $"{new IPEndPoint(IPAddress.Parse(bind), port)}\n");
        // For a site that uses a mosquitto. Its other files are written only where this one is.
        PrivateFiles.CreateFolder(folder.BrokerRunFolder);
        PrivateFiles.Write(folder.BrokerConfiguration, BrokerFiles.Configuration(folder, bind, port, Environment.UserName));

        using var authority = SiteAuthority.Create(time);
        using var brokerKey = NewKey();
        using var broker = authority.IssueServer(
            "broker", new PublicKey(brokerKey), hosts.Concat(["localhost", "127.0.0.1"]).Distinct());
        PrivateFiles.Write(folder.CaTrusted, authority.CertificatePem);
        PrivateFiles.Write(folder.BrokerCa, authority.CertificatePem);
        BrokerCertificate.Write(folder, Pem(broker));
        PrivateFiles.Write(folder.BrokerKey, Pem(brokerKey));
        PrivateFiles.Write(folder.ListNumber, "1\n");
        TrustFiles.WriteRevoked(folder, authority.RevocationListPem([], 1));
        NodeRegistry.Load(folder).Save();

        using var centerKey = NewKey();
        using var center = authority.IssueClient("center", new PublicKey(centerKey));
        PrivateFiles.Write(folder.CenterCertificate, Pem(center) + authority.CertificatePem);
        PrivateFiles.Write(folder.CenterKey, Pem(centerKey));

        // Last: the authority's key marks the site as complete. If the verb is killed before, it can simply be run again.
        authority.Save(folder);
    }

    /// <summary>Signs a node's request, puts the node on the list, rewrites the ACL and has a running broker read
    /// it.</summary>
    /// <param name="expected">The name that the operator means, or null to take the request's.</param>
    /// <param name="renew">Whether a node already on the list may get another certificate.</param>
    /// <returns>The bundle: the node's certificate and the authority's, in PEM; the entry; whether a broker was
    /// signaled.</returns>
    /// <exception cref="PicketException">The request is refused.</exception>
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
            throw new PicketException(
                $"certificate request {source}: it is for '{request.Name}', not for '{expected}'; "
                    + "check which node it came from");
        var registry = NodeRegistry.Load(folder);
        if (registry.Find(request.Name) is { } known && !renew)
            throw new PicketException(
                $"node {request.Name} was signed on {known.SignedAt:yyyy-MM-dd}; "
                    + "if it really needs another certificate, add --renew");

        var (certificate, entry) = Issue(
            folder, authorities, registry, request, AuditEntry.Local(AuditAct.SignNode, request.Name), time);
        return (certificate + authorities.TrustedPem, entry, BrokerReload.Signal(folder));
    }

    /// <summary>Gives the node of a checked request its next certificate and writes the list; the lock is the
    /// caller's.</summary>
    /// <param name="act">What the audit log says about it; the serial is added.</param>
    /// <returns>The certificate in PEM, and the entry.</returns>
    /// <exception cref="PicketException">It can't be logged or written: then it was not issued.</exception>
    public static (string CertificatePem, NodeEntry Entry) Issue(
        StateFolder folder, SiteAuthorities authorities, NodeRegistry registry, NodeRequest request, AuditEntry act,
        TimeProvider time)
    {
        using var certificate = authorities.Issuing.IssueClient(request.Name, request.Key);
        var pem = Pem(certificate);
        var entry = registry.Sign(request.Name, certificate, authorities.Issuing.Fingerprint, time.GetUtcNow());
        new AuditLog(folder, time).Put(act with { What = $"{act.What} {entry.Serial}" });
        // Before the list: everything that the list names can be handed out again.
        PrivateFiles.CreateFolder(folder.IssuedFolder);
        PrivateFiles.Write(folder.Issued(request.Name), pem);
        registry.Save();
        return (pem, entry);
    }

    /// <summary>Makes a one-time code with which a machine can join as <paramref name="name"/>.</summary>
    /// <exception cref="PicketException">The name is not allowed, or a node that is not shut out has it.</exception>
    public static async Task<JoinCode> AddNodeAsync(
        StateFolder folder, string name, TimeSpan life, TimeProvider time, CancellationToken cancel)
    {
        if (!NodeRequest.IsAllowed(name))
            throw new PicketException(
                $"'{PlainText.Of(name, 64)}' can't name a node; use 1 to 63 of a-z, 0-9 and '-', and none of the site's own names",
                ExitCode.BadUsage);
        using var held = await folder.TakeLockAsync(time, cancel);
        using var authorities = SiteAuthorities.Load(folder, time);
        if (NodeRegistry.Load(folder).Find(name) is { Revoked: null } known)
            throw new PicketException(
                $"node {name} was signed on {known.SignedAt:yyyy-MM-dd}; to give its name to another machine, shut the old "
                    + $"one out first: picket-center node revoke {name}");
        // The authority that signs the port's certificate: that is what the code's owner will see there.
        var code = JoinCode.Create(name, authorities.ForServers.Certificate);
        var codes = JoinCodes.Load(folder);
        new AuditLog(folder, time).Put(AuditEntry.Local(AuditAct.MakeCode, name));
        codes.Add(code, life, time.GetUtcNow());
        codes.Save();
        return code;
    }

    /// <summary>False if the broker or the center needs another certificate (two thirds of the present one's life are over), or
    /// does not have the one it was given.</summary>
    public static bool AreServersGood(StateFolder folder, SiteAuthorities authorities)
    {
        using var broker = BrokerCertificate.Load(folder, authorities);
        using var center = CenterCertificate(folder);
        return !authorities.ForServers.IsDue(broker)
            && !authorities.ForServers.IsDue(center)
            && BrokerCertificate.IsWritten(folder);
    }

    /// <summary>Issues certificates for broker and center, for the keys that they have: mosquitto reads key and certificate one
    /// after the other, and a pair that does not match would end it.</summary>
    public static void WriteServers(StateFolder folder, SiteAuthorities authorities, SiteAuthority authority)
    {
        using var old = BrokerCertificate.Load(folder, authorities);
        using var broker = authority.IssueServer("broker", old.PublicKey, ConsoleCertificate.Hosts(old));
        BrokerCertificate.Write(folder, Pem(broker));
        using var before = CenterCertificate(folder);
        using var center = authority.IssueClient("center", before.PublicKey);
        PrivateFiles.Write(folder.CenterCertificate, Pem(center) + authority.CertificatePem);
    }

    /// <summary>The center's own certificate. The caller disposes it.</summary>
    /// <exception cref="PicketException">It can't be read.</exception>
    public static X509Certificate2 CenterCertificate(StateFolder folder)
    {
        try
        {
            return X509CertificateLoader.LoadCertificateFromFile(folder.CenterCertificate);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"the center's certificate {folder.CenterCertificate} can't be read ({e.Message.TrimEnd('.')}); "
                    + "restore the folder from its backup",
                inner: e);
        }
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    private static string Pem(ECDsa key) => key.ExportPkcs8PrivateKeyPem() + "\n";
}
