using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Agent.Link;

/// <summary>What the center answers to a request: the node's certificate followed by the authorities, in PEM.</summary>
internal sealed class CertificateBundle : IDisposable
{
    private const string CommonName = "2.5.4.3";

    /// <summary>A certificate in PEM is about 1 kB; a bundle far above two of them is something else.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly X509Certificate2Collection _certificates;
    private readonly string _source;

    private CertificateBundle(X509Certificate2Collection certificates, string source)
    {
        _certificates = certificates;
        _source = source;
    }

    public IEnumerable<X509Certificate2> Authorities => _certificates.Skip(1);

    public string CertificatePem => _certificates[0].ExportCertificatePem() + "\n";

    public string AuthoritiesPem => string.Concat(Authorities.Select(ca => ca.ExportCertificatePem() + "\n"));

    /// <param name="source">Names it in messages.</param>
    /// <exception cref="PicketException">It is not a bundle.</exception>
    public static CertificateBundle Read(string pem, string source)
    {
        if (pem.Length > MaxBytes) throw Refused(source, $"{pem.Length} bytes are not a certificate bundle");
        var bundle = new CertificateBundle([], source);
        try
        {
            bundle._certificates.ImportFromPem(pem);
            if (bundle._certificates.Count < 2)
                throw Refused(source, "it must hold the node's certificate followed by the CA's");
            return bundle;
        }
        catch (CryptographicException e)
        {
            bundle.Dispose();
            throw Refused(source, $"it can't be read ({e.Message})", e);
        }
        catch
        {
            bundle.Dispose();
            throw;
        }
    }

    /// <summary>The CN of a name that contains nothing else, or null.</summary>
    public static string? NameOf(X500DistinguishedName subject)
    {
        var parts = subject.EnumerateRelativeDistinguishedNames().ToArray();
        return parts is [{ HasMultipleElements: false } only] && only.GetSingleElementType().Value == CommonName
            ? only.GetSingleElementValue()
            : null;
    }

    /// <summary>True when <paramref name="pem"/> is the node's certificate in this bundle.</summary>
    public bool IsCertificate(string pem)
    {
        using var other = X509Certificate2.CreateFromPem(pem);
        return other.RawData.AsSpan().SequenceEqual(_certificates[0].RawData);
    }

    /// <exception cref="PicketException">The certificate is for another key.</exception>
    public void CheckKey(ECDsa key)
    {
        try
        {
            using var certified = _certificates[0].GetECDsaPublicKey();
            if (certified is not null
                && certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                return;
        }
        // The last one is how .NET reports that it does not know the key's algorithm, or OpenSSL its curve.
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            throw Refused(_source, $"the certificate's key can't be read ({e.Message})", e);
        }
        throw Refused(_source, "the certificate is for another key");
    }

    /// <summary>The certificate's name.</summary>
    /// <exception cref="PicketException">It is not the one asked for.</exception>
    public string CheckName(string? asked)
    {
        var given = NameOf(_certificates[0].SubjectName);
        if (given is null || given != asked)
            throw Refused(_source, $"the certificate is for the name '{given}', the request was for '{asked}'");
        return given;
    }

    /// <summary>Times are not checked: the clock of a machine on an isolated line may be wrong, and the broker checks them
    /// anyway.</summary>
    /// <exception cref="PicketException">The certificate is not signed by one of the authorities.</exception>
    public void CheckChain()
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        foreach (var authority in Authorities) chain.ChainPolicy.CustomTrustStore.Add(authority);
        if (!chain.Build(_certificates[0]))
            throw Refused(_source, "the certificate is not signed by the CA beside it");
    }

    public void Dispose()
    {
        foreach (var certificate in _certificates) certificate.Dispose();
    }

    private static PicketException Refused(string source, string why, Exception? inner = null) =>
        new($"{source}: {why}; ask the center for this node's bundle again", inner: inner);
}
