using System.Security.Cryptography.X509Certificates;
using Picket.Center.Audit;

namespace Picket.Center.Enroll;

/// <summary>Replaces the site's authority in two steps, with as much time between them as the nodes need to learn of the
/// new one. The folder's lock is the caller's.</summary>
internal static class Rotation
{
    /// <summary>Makes the new authority. From now on it signs nodes; the old one is trusted beside it, and goes on signing
    /// broker, center and enrollment port.</summary>
    /// <exception cref="PicketException">A rotation is under way, or a file can't be written.</exception>
    public static void Begin(StateFolder folder, TimeProvider time)
    {
        using (var before = SiteAuthorities.Load(folder, time))
        {
            if (before.Outgoing is not null)
                throw new PicketException(
                    "a rotation is under way; end it with: picket-center ca rotate --finish");
            new AuditLog(folder, time).Put(AuditEntry.Local(AuditAct.RotateAuthority, folder.Root));
            before.Issuing.SaveOutgoing(folder);
        }
        using var authorities = SiteAuthorities.Of(SiteAuthority.Create(time), SiteAuthority.LoadOutgoing(folder, time));
        // First the list that covers what it will sign: whom no list covers, mosquitto refuses. Last the key: cut before it,
        // nothing is signed by the new authority, and the verb can simply be run again.
        TrustFiles.WriteRevoked(folder, authorities, NodeRegistry.Load(folder));
        TrustFiles.WriteAuthorities(folder, authorities);
        authorities.Issuing.Save(folder);
        BrokerReload.Signal(folder);
    }

    /// <summary>Who would be cut off now: nodes not seen to use a certificate of the new authority, and persons who have
    /// none of it.</summary>
    public static string[] Behind(StateFolder folder, TimeProvider time)
    {
        using var authorities = SiteAuthorities.Load(folder, time);
        return [
            .. NodeRegistry.Load(folder).Nodes
                .Where(node => node.Revoked is null
                    && (node.Authority != authorities.Issuing.Fingerprint || node.Confirmed is null))
                .Select(node => node.Name),
            .. OperatorRegistry.Load(folder).Operators
                .Where(person => person.Revoked is null && person.Authority != authorities.Issuing.Fingerprint)
                .Select(person => OperatorEntry.Prefix + person.Name),
        ];
    }

    /// <summary>Ends the old authority: it is no longer trusted, and its key is removed.</summary>
    /// <param name="force">Even if nodes are <see cref="Behind"/>.</param>
    /// <exception cref="PicketException">No rotation is under way, nodes are behind, or a file can't be
    /// written.</exception>
    public static void Finish(StateFolder folder, bool force, TimeProvider time)
    {
        using var authorities = SiteAuthorities.Load(folder, time);
        if (authorities.Outgoing is not { } outgoing)
            throw new PicketException("no rotation is under way; start one with: picket-center ca rotate");
        var behind = Behind(folder, time);
        if (behind.Length > 0 && !force)
            throw new PicketException(
                $"{behind.Length} have no certificate of the new authority in use yet: "
                    + $"{string.Join(", ", behind.Take(10))}{(behind.Length > 10 ? ", ..." : "")}; nodes ask daily, operators (op-) "
                    + "need picket-center operator add --renew. Wait for them, shut them out, or cut them off with --force");

        new AuditLog(folder, time).Put(AuditEntry.Local(
            AuditAct.EndAuthority, behind.Length == 0 ? folder.Root : $"{folder.Root} {behind.Length} behind"));
        // A mosquitto keeps an authority that it has read until it is restarted; the old one's last revocation list shuts out
        // at once what it signed.
        var now = time.GetUtcNow();
        using var center = Enrollment.CenterCertificate(folder);
        var registry = NodeRegistry.Load(folder);
        var ended = registry.CertificatesOf(outgoing.Fingerprint)
            .Concat(OperatorRegistry.Load(folder).Operators
                .Where(person => person.Authority == outgoing.Fingerprint)
                .Select(person => person.Serial))
            .Append(center.SerialNumber)
            .Distinct()
            .Select(serial => new RevokedCertificate(serial, now));
        var number = TrustFiles.NextListNumber(folder);
        var lists = authorities.Issuing.RevocationListPem(
                registry.RevokedCertificates(authorities.Issuing.Fingerprint)
                    .Concat(OperatorRegistry.Load(folder).RevokedCertificates(authorities.Issuing.Fingerprint)),
                number)
            + outgoing.RevocationListPem(ended, number);
        Enrollment.WriteServers(folder, authorities, authorities.Issuing);
        PrivateFiles.Write(folder.CaTrusted, authorities.Issuing.CertificatePem);
        if (folder.HasMosquitto) PrivateFiles.Write(folder.BrokerCa, authorities.Issuing.CertificatePem);
        TrustFiles.WriteRevoked(folder, lists);
        // Last: if the verb is killed before, it can simply be run again.
        File.Delete(folder.OldCaKey);
        BrokerReload.Signal(folder);
    }
}
