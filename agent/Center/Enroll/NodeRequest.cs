using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>A node's request for a certificate, checked: name, kind of key, and the proof that the sender holds the
/// key.</summary>
internal sealed record NodeRequest(string Name, PublicKey Key)
{
    /// <summary>Names that topics and the ACL use for others: a node called <c>center</c> would have the center's
    /// rights.</summary>
    private static readonly string[] Reserved = ["center", "broker", "list"];

    private const string EllipticCurve = "1.2.840.10045.2.1"; // RFC 5480, 2.1.1
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string CommonName = "2.5.4.3";

    /// <summary>A request for a P-256 key has 400 bytes; anything far longer is not a request.</summary>
    public const int MaxCharacters = 16 * 1024;

    /// <summary>Reads a PKCS#10 request in PEM. <paramref name="source"/> names it in messages.</summary>
    /// <exception cref="PicketException">It is malformed, its signature is wrong, or name or key are not what a node
    /// has.</exception>
    /// <param name="forOperator">Whether it is a person's; a node may not have a name that begins as theirs do.</param>
    public static NodeRequest Parse(string pem, string source, bool forOperator = false)
    {
        var remedy = "ask the node for a new one";
        if (pem.Length > MaxCharacters)
            throw Refused(source, $"{pem.Length} characters, at most {MaxCharacters} are allowed", remedy);
        CertificateRequest request;
        string? name;
        bool isP256;
        try
        {
            // Requested extensions are not loaded: only the authority decides what a certificate may do.
            request = CertificateRequest.LoadSigningRequestPem(
                pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default);
            name = NameOf(request.SubjectName);
            isP256 = IsP256(request.PublicKey);
        }
        // The last one is how .NET reports that it does not know the signature's algorithm, or OpenSSL the key's curve.
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw Refused(source, "not a PKCS#10 request in PEM with a valid signature of its own key", remedy, e);
        }
        if (name is null) throw Refused(source, "the subject must be CN=<node> and nothing else", remedy);
        if (!Topics.IsName(name))
            throw Refused(source, $"'{Printable(name)}' is no node name", "use 1 to 63 of a-z, 0-9 and '-'");
        if (Reserved.Contains(name))
            throw Refused(source, $"the name '{name}' belongs to the site itself", "give the node another name");
        if (!forOperator && name.StartsWith(OperatorEntry.Prefix, StringComparison.Ordinal))
            throw Refused(
                source, $"names with '{OperatorEntry.Prefix}' belong to operators", "give the node another name");
        if (!isP256) throw Refused(source, "the key is not an ECDSA P-256 key", remedy);
        return new NodeRequest(name, request.PublicKey);
    }

    /// <summary>True for a name that a node may have.</summary>
    public static bool IsAllowed(string name) =>
        Topics.IsName(name) && !Reserved.Contains(name)
        && !name.StartsWith(OperatorEntry.Prefix, StringComparison.Ordinal);

    private static string? NameOf(X500DistinguishedName subject)
    {
        var parts = subject.EnumerateRelativeDistinguishedNames().ToArray();
        return parts is [{ HasMultipleElements: false } only] && only.GetSingleElementType().Value == CommonName
            ? only.GetSingleElementValue()
            : null;
    }

    private static bool IsP256(PublicKey key)
    {
        if (key.Oid.Value != EllipticCurve) return false;
        using var ecdsa = key.GetECDsaPublicKey();
        return ecdsa?.ExportParameters(false).Curve.Oid.Value == P256;
    }

    private static string Printable(string text) =>
        new([.. text.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '?')]);

    private static PicketException Refused(string source, string what, string remedy, Exception? inner = null) =>
        new($"certificate request {source}: {what}; {remedy}", ExitCode.Failed, inner);
}
