using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Audit;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>Decides what the enrollment port answers: who joins, who gets the next certificate. The folder's lock is the
/// caller's.</summary>
internal sealed class Admission(StateFolder folder, TimeProvider time)
{
    /// <summary>A node has two or three that could still be used; this many come from answers that were never received, or from
    /// somebody playing around.</summary>
    private const int MaxFormer = 32;

    /// <summary>Gives a machine its first certificate for a valid code. The same key gets the same certificate again while
    /// the used code is kept: the answer may have been lost.</summary>
    /// <param name="from">The address it comes from, for the audit log.</param>
    /// <returns>The node's name and its bundle: its certificate followed by every authority, in PEM.</returns>
    /// <exception cref="EnrollmentRefusedException">The code or the request is refused.</exception>
    public (string Node, string Bundle) Join(JoinRequest request, string? from = null)
    {
        var asked = Parse(request.Csr);
        using var authorities = SiteAuthorities.Load(folder, time);
        var registry = NodeRegistry.Load(folder);
        var codes = JoinCodes.Load(folder);
        var now = time.GetUtcNow();
        var verdict = codes.Check(asked.Name, Convert.FromHexString(request.Secret), now);
        switch (verdict)
        {
            case JoinVerdict.Valid:
                var (certificate, _) = Enrollment.Issue(
                    folder, authorities, registry, asked, Act(AuditAct.JoinNode, asked.Name, from), time);
                // After the list: if the process is killed between the two, the code still works.
                codes.Use(asked.Name, now);
                codes.Save();
                BrokerReload.Signal(folder);
                return (asked.Name, certificate + authorities.TrustedPem);
            case JoinVerdict.Used when !registry.IsRevoked(asked.Name) && IssuedFor(asked) is { } before:
                BrokerReload.Signal(folder); // the first attempt may have ended before it
                return (asked.Name, before + authorities.TrustedPem);
            case JoinVerdict.Used:
                throw Refused(
                    $"this code of {asked.Name} was used already, with another key; if that was not you, shut it out: "
                        + $"picket-center node revoke {asked.Name}; then make a new code");
            case JoinVerdict.Expired:
                throw Refused($"this code of {asked.Name} has expired; make a new one: picket-center node add {asked.Name}");
            case JoinVerdict.TooManyAttempts:
                throw Refused(
                    $"{JoinCodes.MaxFailures} wrong codes were tried for {asked.Name}, so this one is no longer valid; "
                        + $"make a new one: picket-center node add {asked.Name}");
            case JoinVerdict.Wrong:
                if (codes.MadeFor(asked.Name) is not null) codes.Save(); // the count of wrong ones
                throw Refused($"no such code for {asked.Name}; check it, or make a new one: picket-center node add NAME");
            default:
                throw new InvalidOperationException($"no answer for {verdict}");
        }
    }

    /// <summary>
    /// Tells a node whether its certificate must be replaced, and replaces it. An expired one is served as well: the node only
    /// gets back what it had. The center's clock decides, because the broker beside it uses the same one; the node's may show
    /// 1970.
    /// </summary>
    /// <param name="presented">The certificate of the TLS handshake: its key is proven.</param>
    /// <param name="from">The address it comes from, for the audit log.</param>
    /// <returns>The node's name and the answer.</returns>
    /// <exception cref="EnrollmentRefusedException">It is revoked, superseded or not a node's, or the request is for another
    /// name.</exception>
    public (string Node, EnrollmentAnswer Answer) Renew(X509Certificate2 presented, RenewRequest request, string? from = null)
    {
        using var authorities = SiteAuthorities.Load(folder, time);
        var signer = authorities.SignerOf(presented) ?? throw Refused("this certificate is not of this site");
        var name = presented.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        var registry = NodeRegistry.Load(folder);
        var node = registry.Find(name) ?? throw Refused(
            $"this certificate is of this site, but no node's on its list ('{PlainText.Of(name, 64)}'); if it once had one, "
                + "the center's folder was restored from a backup");
        if (node.Revoked is { } at)
            throw Refused($"node {name} was shut out on {at:yyyy-MM-dd}; to let it in again, make a code: picket-center node add {name}");
        var serial = presented.SerialNumber;
        if (node.Serial != serial && node.Former?.Any(former => former.Serial == serial) is not true)
            throw Refused(
                $"node {name} has a certificate from this site that is not on its list: the center's folder was restored from a "
                    + $"backup; let it in again: picket-center node revoke {name}, picket-center node add {name}");
        if (!node.MayRenewWith(serial))
            throw Refused(
                $"node {name} has a newer certificate than this one, so this may be a copy; if it is not, shut the name out and "
                    + $"let it in again: picket-center node revoke {name}, picket-center node add {name}");
        if (node.Serial == serial && node.Confirmed is null)
        {
            registry.Put(node = node with { Confirmed = time.GetUtcNow() });
            registry.Save();
        }
        var isCurrent = node.Serial == serial && signer == authorities.Issuing;
        if (isCurrent && !authorities.Issuing.IsDue(presented)) return (name, RootsFor(presented, request, authorities));
        if (request.Csr is null) return (name, new EnrollmentAnswer(1, Due: true));

        var asked = Parse(request.Csr);
        if (asked.Name != name) throw Refused($"the request is for '{asked.Name}', the certificate is {name}'s");
        if (node.Confirmed is null && node.Serial != serial && IssuedFor(asked) is { } before)
            return (name, new EnrollmentAnswer(1, Bundle: before + authorities.TrustedPem));
        if (node.Former?.Length >= MaxFormer)
            throw Refused(
                $"node {name} asked for {MaxFormer} certificates that it does not use; shut the name out and let it in again: "
                    + $"picket-center node revoke {name}, picket-center node add {name}");
        var (certificate, _) = Enrollment.Issue(
            folder, authorities, registry, asked, Act(AuditAct.RenewNode, name, from), time);
        return (name, new EnrollmentAnswer(1, Bundle: certificate + authorities.TrustedPem));
    }

    /// <summary>The certificate is still good; only the authorities may have changed.</summary>
    private static EnrollmentAnswer RootsFor(
        X509Certificate2 presented, RenewRequest request, SiteAuthorities authorities)
    {
        var trusted = authorities.All.Select(authority => authority.Fingerprint).ToHashSet();
        return trusted.SetEquals(request.Roots)
            ? new EnrollmentAnswer(1)
            : new EnrollmentAnswer(1, Bundle: presented.ExportCertificatePem() + "\n" + authorities.TrustedPem);
    }

    /// <summary>The last certificate that the node was given, if it is for the key of this request.</summary>
    private string? IssuedFor(NodeRequest asked)
    {
        var path = folder.Issued(asked.Name);
        if (!File.Exists(path)) return null;
        try
        {
            var pem = File.ReadAllText(path);
            using var certificate = X509Certificate2.CreateFromPem(pem);
            var isSame = certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan()
                .SequenceEqual(asked.Key.ExportSubjectPublicKeyInfo());
            return isSame ? pem : null;
        }
        catch (CryptographicException)
        {
            return null; // damaged: as if it were another's
        }
    }

    private static AuditEntry Act(string act, string node, string? from) => new($"node:{node}", from, act, node);

    private static NodeRequest Parse(string csr)
    {
        try
        {
            return NodeRequest.Parse(csr, "of the node");
        }
        catch (PicketException e)
        {
            throw new EnrollmentRefusedException(StatusCodes.Status400BadRequest, e.Message, e);
        }
    }

    private static EnrollmentRefusedException Refused(string why) => new(StatusCodes.Status403Forbidden, why);
}

/// <summary>The enrollment port refuses; the message goes to the node and says what is wrong and what to do.</summary>
internal sealed class EnrollmentRefusedException(int status, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The HTTP status: 400 malformed, 403 not allowed.</summary>
    public int Status { get; } = status;
}
