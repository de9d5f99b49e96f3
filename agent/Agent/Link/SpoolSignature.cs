using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>How this node signs files, and whose signatures it trusts. An expired certificate can sign too: the center decides
/// whether the node still belongs to the site.</summary>
internal sealed class SpoolSignature
{
    private readonly string _keyPem;
    private readonly string _certificatePem;
    private readonly X509Certificate2Collection _authorities;

    private SpoolSignature(string keyPem, string certificatePem, string node, X509Certificate2Collection authorities)
    {
        _keyPem = keyPem;
        _certificatePem = certificatePem;
        _authorities = authorities;
        Node = node;
    }

    /// <summary>The name in the certificate.</summary>
    public string Node { get; }

    /// <exception cref="PicketException">This machine is not enrolled, or its files can't be read.</exception>
    public static SpoolSignature Load(NodeIdentity identity)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(identity.CertificateFile));
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(identity.CaFile);
            return new SpoolSignature(
                File.ReadAllText(identity.KeyFile), certificate.ExportCertificatePem(),
                certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), authorities);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new PicketException(
                $"{identity.StateFolder}: no key and certificate to sign with ({e.Message}); enroll this machine first: "
                    + "picket join",
                inner: e);
        }
    }

    public void Seal(SpoolWriter writer)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(_keyPem);
        writer.Seal(key, _certificatePem);
    }

    /// <summary>Whether <paramref name="signer"/>, certified by the site's authority, signed <paramref name="file"/>.</summary>
    public bool IsFrom(SpoolFile file, string signer) => file.Signer == signer && file.IsSignedUnder(_authorities);
}
