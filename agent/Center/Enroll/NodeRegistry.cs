using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The list of nodes that this site has signed, kept in <c>nodes.json</c>; a mosquitto's ACL is made from
/// it.</summary>
internal sealed class NodeRegistry
{
    /// <summary>An expired certificate stays on the list for one more year, in case the broker's clock is set back: a site may be
    /// switched off for that long with a flat clock battery and then be set by hand.</summary>
    private static readonly TimeSpan KeepFormer = TimeSpan.FromDays(366);

    private readonly StateFolder _folder;
    private readonly SortedDictionary<string, NodeEntry> _nodes;

    private NodeRegistry(StateFolder folder, IEnumerable<NodeEntry> nodes)
    {
        _folder = folder;
        _nodes = new(nodes.ToDictionary(node => node.Name), StringComparer.Ordinal);
    }

    public IReadOnlyCollection<NodeEntry> Nodes => _nodes.Values;

    public NodeEntry? Find(string name) => _nodes.GetValueOrDefault(name);

    public void Put(NodeEntry entry) => _nodes[entry.Name] = entry;

    /// <summary>Puts a new certificate of the node on the list; earlier ones are kept as former, as far as they could still be
    /// used. A node that was shut out is admitted again with this certificate, and with no older one.</summary>
    /// <param name="authority">The fingerprint of the authority that signed it.</param>
    public NodeEntry Sign(string name, X509Certificate2 certificate, string authority, DateTimeOffset now)
    {
        var entry = new NodeEntry(
            name,
            certificate.SerialNumber,
            Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)),
            now,
            certificate.NotAfter.ToUniversalTime())
        { Authority = authority };
        if (Find(name) is { } before)
        {
            var former = (before.Former ?? [])
                .Append(new FormerCertificate(
                    before.Serial, before.Sha256, before.NotAfter, before.Authority, before.Revoked, before.Confirmed))
                .Where(old => old.NotAfter + KeepFormer > now);
            entry = entry with { Former = [.. former] };
        }
        Put(entry);
        return entry;
    }

    /// <summary>True for a node that was shut out; a stranger is not revoked but unknown.</summary>
    public bool IsRevoked(string name) => Find(name)?.Revoked is not null;

    /// <summary>Shuts the node out, with every certificate it ever had. <see cref="Save"/> writes it; revocation list
    /// and broker are the caller's. False for a stranger or one already shut out.</summary>
    public bool Revoke(string name, DateTimeOffset at)
    {
        if (Find(name) is not { Revoked: null } node) return false;
        Put(node with
        {
            Revoked = at,
            Former = node.Former?.Select(former => former with { Revoked = former.Revoked ?? at }).ToArray(),
        });
        return true;
    }

    /// <summary>What belongs on the revocation list of the authority with this fingerprint
    /// (<see cref="SiteAuthority.Fingerprint"/>), including what has expired: a clock may be set back.</summary>
    public IEnumerable<RevokedCertificate> RevokedCertificates(string authority) =>
        from node in _nodes.Values
        from certificate in (node.Former ?? []).Append(new FormerCertificate(
            node.Serial, node.Sha256, node.NotAfter, node.Authority, node.Revoked))
        where certificate.Revoked is not null && (certificate.Authority ?? authority) == authority
        select new RevokedCertificate(certificate.Serial, certificate.Revoked!.Value);

    /// <summary>The serial of every certificate on the list that the authority with this fingerprint signed.</summary>
    public IEnumerable<string> CertificatesOf(string authority) =>
        from node in _nodes.Values
        from certificate in (node.Former ?? []).Append(new FormerCertificate(
            node.Serial, node.Sha256, node.NotAfter, node.Authority))
        where (certificate.Authority ?? authority) == authority
        select certificate.Serial;

    /// <exception cref="PicketException">The file is damaged.</exception>
    public static NodeRegistry Load(StateFolder folder)
    {
        if (!File.Exists(folder.Nodes)) return new NodeRegistry(folder, []);
        try
        {
            var entries = JsonSerializer.Deserialize(File.ReadAllBytes(folder.Nodes), EnrollJson.Default.NodeEntryArray)
                ?? [];
            // The names go into the ACL as they are: one edited by hand must not become a second line there.
            if (entries.Any(entry => entry is null || !Topics.IsName(entry.Name) || entry.Former?.Contains(null!) == true))
                throw new JsonException("a node's name is not allowed");
            return new NodeRegistry(folder, entries);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new PicketException(
                $"node list {folder.Nodes} is damaged ({e.Message.TrimEnd('.')}); restore it from its backup",
                inner: e);
        }
    }

    /// <summary>Writes the list, and the ACL for a mosquitto that follows from it.</summary>
    public void Save()
    {
        PrivateFiles.Write(
            _folder.Nodes, JsonSerializer.Serialize(_nodes.Values.ToArray(), EnrollJson.Default.NodeEntryArray) + "\n");
        // Most changes are renewals, which change no rights.
        if (!IsAccessWritten) WriteAccess();
    }

    /// <summary>False if a mosquitto's access list is not what follows from this.</summary>
    public bool IsAccessWritten => !_folder.HasMosquitto || PrivateFiles.Holds(_folder.BrokerAcl, AccessList);

    public void WriteAccess() => PrivateFiles.Write(_folder.BrokerAcl, AccessList);

    private string AccessList =>
        BrokerFiles.Acl(_nodes.Values.Where(node => node.Revoked is null).Select(node => node.Name));
}
