using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Agent.Config;

namespace Picket.Agent.Link;

/// <summary>The name that a node uses: its certificate's. Its center refuses events under any other name
/// forever.</summary>
internal static class NodeName
{
    /// <summary>A certificate has about 1 kB.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>The configuration with the node's name in it.</summary>
    /// <exception cref="ConfigException">Certificate and configuration give different names, or neither gives
    /// one.</exception>
    /// <exception cref="PicketException">The certificate can't be read, and nothing else gives the name.</exception>
    public static NodeConfig Settle(NodeConfig config)
    {
        var identity = new NodeIdentity(config.StateFolder);
        var certified = Certified(identity, isNeeded: config.Node.Length == 0);
        if (certified is null && config.Node.Length == 0)
        {
            throw new ConfigException(
                $"node is missing, and this machine has joined no site ({identity.CertificateFile} is not there): "
                    + "join one with 'picket join', or write 'node: NAME'");
        }
        if (certified is not null && config.Node.Length > 0 && config.Node != certified)
        {
            throw new ConfigException(
                $"node is '{config.Node}', but this machine has joined its site as '{certified}' "
                    + $"({identity.CertificateFile}): take 'node' out of the configuration, or join again as '{config.Node}'");
        }
        return config with { Node = certified ?? config.Node };
    }

    /// <summary>The certificate's name, or null without a certificate.</summary>
    /// <param name="isNeeded">Otherwise a damaged certificate concerns only the line: cameras need none.</param>
    private static string? Certified(NodeIdentity identity, bool isNeeded)
    {
        try
        {
            if (!File.Exists(identity.CertificateFile)) return null;
            using var certificate = X509Certificate2.CreateFromPem(BoundedFile.ReadText(identity.CertificateFile, MaxBytes));
            return CertificateBundle.NameOf(certificate.SubjectName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            if (!isNeeded) return null;
            throw new PicketException(
                $"{identity.CertificateFile}: the node's name can't be read from it ({e.Message}); "
                    + "join again with 'picket join', or write 'node: NAME'",
                inner: e);
        }
    }
}
