using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Enroll;

namespace Picket.Bench.Nodes;

/// <summary>A site with many nodes, made once with the product's own authority and kept: two thousand keys take a
/// while.</summary>
internal sealed class NodeCertificates(StateFolder folder, int port, IReadOnlyDictionary<string, SslStreamCertificateContext> nodes)
{
    public StateFolder Folder { get; } = folder;

    /// <summary>The broker's.</summary>
    public int Port { get; } = port;

    public IReadOnlyDictionary<string, SslStreamCertificateContext> Nodes { get; } = nodes;

    /// <summary>Trusts this site's authority alone.</summary>
    public X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(Folder.CaTrusted);
        return policy;
    }

    /// <summary>Makes what is not there yet.</summary>
    /// <param name="root">Where sites are kept.</param>
    public static NodeCertificates Open(string root, int count)
    {
        var folder = new StateFolder(Path.Combine(root, $"site-{count}"));
        var keys = Path.Combine(folder.Root, "bench-nodes");
        var port = FreePort();
        if (!File.Exists(Path.Combine(keys, "done"))) Make(folder, keys, count, port);
        File.WriteAllText(folder.BrokerListen, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}\n"));
        // Written again, since a center that was its own broker has set it aside.
        File.WriteAllText(folder.BrokerConfiguration, BrokerFiles.Configuration(folder, "127.0.0.1", port, Environment.UserName));
        var nodes = Names(count).AsParallel().ToDictionary(name => name, name =>
        {
            var file = Path.Combine(keys, name + ".pem");
            return SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(file, file), null, offline: true);
        });
        return new NodeCertificates(folder, port, nodes);
    }

    private static IEnumerable<string> Names(int count) => Enumerable.Range(1, count).Select(n => $"node-{n}");

    private static void Make(StateFolder folder, string keys, int count, int port)
    {
        Console.Error.WriteLine($"nodes: {count} keys and certificates, kept in {folder.Root}");
        if (Directory.Exists(folder.Root)) Directory.Delete(folder.Root, recursive: true);
        Enrollment.CreateSite(folder, [], "127.0.0.1", port, TimeProvider.System);
        Directory.CreateDirectory(keys, PrivateFiles.FolderMode0700);
        using var authority = SiteAuthority.Load(folder, TimeProvider.System);
        var made = new ConcurrentDictionary<string, X509Certificate2>();
        Parallel.ForEach(Names(count), name =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var certificate = authority.IssueClient(name, new PublicKey(key));
            PrivateFiles.Write(
                Path.Combine(keys, name + ".pem"),
                certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
            made[name] = certificate;
        });
        var registry = NodeRegistry.Load(folder);
        foreach (var name in Names(count))
            registry.Sign(name, made[name], authority.Fingerprint, DateTimeOffset.UtcNow);
        registry.Save();
        File.WriteAllText(Path.Combine(keys, "done"), "");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }
}
