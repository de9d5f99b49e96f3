using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Audit;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The steps by which a person gets and loses a certificate for the console; each leaves the state folder
/// consistent.</summary>
internal static class OperatorEnrollment
{
    /// <summary>Each iteration costs the person's browser time, and a guesser as much; with a pass phrase of 100 random bits a few
    /// would do. Browsers, and .NET itself, refuse to open files with far more.</summary>
    private const int KeyIterations = 10_000;

    /// <summary>20 characters of 32: 100 bits.</summary>
    private const int PassPhraseLength = 20;

    /// <summary>Crockford's: no I, L, O, U, which are misheard or misread.</summary>
    private const string PassPhraseAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Signs a request that the person's own machine made; the key never leaves that machine.</summary>
    /// <param name="renew">Whether a person already on the list gets another certificate (and this role).</param>
    /// <returns>The bundle: the person's certificate and the authorities' that the site trusts now, in PEM; and the entry.</returns>
    /// <exception cref="PicketException">The request is refused.</exception>
    public static (string Bundle, OperatorEntry Entry) Sign(
        StateFolder folder, string name, OperatorRole role, string requestPem, string source, bool renew,
        TimeProvider time)
    {
        var request = NodeRequest.Parse(requestPem, source, forOperator: true);
        if (request.Name != OperatorEntry.Prefix + name)
            throw new PicketException(
                $"certificate request {source}: it is for '{request.Name}', not for '{OperatorEntry.Prefix + name}'; "
                    + "check whose it is");
        using var held = folder.TakeLock();
        using var authorities = SiteAuthorities.Load(folder, time);
        var (certificate, entry) = Issue(folder, authorities.Issuing, name, role, request.Key, renew, time);
        using (certificate) return (certificate.ExportCertificatePem() + "\n" + authorities.TrustedPem, entry);
    }

    /// <summary>Makes the key here and packs it with its certificate as PKCS#12, encrypted (AES-256) with a pass phrase
    /// that is stored nowhere.</summary>
    /// <returns>The file's bytes; the pass phrase, to be shown once; the entry.</returns>
    /// <exception cref="PicketException">The name is taken or not allowed.</exception>
    public static (byte[] Pkcs12, string PassPhrase, OperatorEntry Entry) Pack(
        StateFolder folder, string name, OperatorRole role, bool renew, TimeProvider time)
    {
        using var held = folder.TakeLock();
        using var authorities = SiteAuthorities.Load(folder, time);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (certificate, entry) = Issue(folder, authorities.Issuing, name, role, new PublicKey(key), renew, time);
        using (certificate)
        using (var whole = certificate.CopyWithPrivateKey(key))
        {
            var packed = new X509Certificate2Collection { whole };
            packed.ImportFromPem(authorities.TrustedPem);
            var passPhrase = string.Join('-', RandomNumberGenerator.GetString(PassPhraseAlphabet, PassPhraseLength)
                .Chunk(5).Select(group => new string(group)));
            var encryption = new PbeParameters(
                PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, KeyIterations);
            return (packed.ExportPkcs12(encryption, passPhrase), passPhrase, entry);
        }
    }

    /// <summary>Shuts the person out: at the console from the next request on, open streams included.</summary>
    /// <returns>Whether the person was admitted until now.</returns>
    /// <exception cref="PicketException">There is no such person.</exception>
    public static bool Revoke(StateFolder folder, string name, TimeProvider time)
    {
        using var held = folder.TakeLock();
        var registry = OperatorRegistry.Load(folder);
        if (registry.Find(name) is not { } entry)
            throw new PicketException(
                $"operator {name}: nobody of this name; see picket-center operator list --state {ShellText.Word(folder.Root)}",
                ExitCode.BadUsage);
        new AuditLog(folder, time).Put(AuditEntry.Local(AuditAct.RevokeOperator, name));
        var wasIn = entry.Revoked is null;
        if (wasIn) registry.Put(entry with { Revoked = time.GetUtcNow() });
        registry.Save();
        // The console reads only the list. The certificate could also open a connection at the broker, without rights.
        using var authorities = SiteAuthorities.Load(folder, time);
        TrustFiles.WriteRevoked(folder, authorities, NodeRegistry.Load(folder));
        BrokerReload.Signal(folder);
        return wasIn;
    }

    private static (X509Certificate2 Certificate, OperatorEntry Entry) Issue(
        StateFolder folder, SiteAuthority authority, string name, OperatorRole role, PublicKey key, bool renew,
        TimeProvider time)
    {
        // The prefix belongs to a CN too, which has 64 characters at most (RFC 5280, ub-common-name).
        if (!Topics.IsName(name) || name.Length + OperatorEntry.Prefix.Length > 63)
            throw new PicketException(
                $"operator '{PlainText.Of(name, 64)}': not a valid name; use 1 to 60 of a-z, 0-9 and '-'", ExitCode.BadUsage);
        var registry = OperatorRegistry.Load(folder);
        if (registry.Find(name) is { } known && !renew)
            throw new PicketException(
                $"operator {name} has been on the list since {known.SignedAt:yyyy-MM-dd}; for another certificate or role add --renew");
        var certificate = authority.IssueClient(OperatorEntry.Prefix + name, key);
        var entry = new OperatorEntry(
            name,
            role,
            certificate.SerialNumber,
            Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)),
            time.GetUtcNow(),
            certificate.NotAfter.ToUniversalTime())
        { Authority = authority.Fingerprint };
        try
        {
            new AuditLog(folder, time).Put(AuditEntry.Local(
                AuditAct.AddOperator, $"{name} {role.ToString().ToLowerInvariant()} {entry.Serial}"));
            registry.Put(entry);
            registry.Save();
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
        return (certificate, entry);
    }
}
