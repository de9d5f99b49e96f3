using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>How a machine becomes a node of a site: it makes a key that never leaves it, asks for a certificate, and
/// installs the answer.</summary>
internal static class Enrollment
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string CommonName = "2.5.4.3";

    /// <summary>A certificate in PEM is about 1 kB; a bundle far above two of them is something else.</summary>
    private const int MaxBundleBytes = 64 * 1024;

    /// <summary>Makes the node's key (ECDSA P-256), unless there is one, and returns a PKCS#10 request in PEM with CN
    /// <paramref name="node"/>.</summary>
    /// <exception cref="PicketException">The name is not allowed, or the state folder can't be written.</exception>
    public static string Request(NodeIdentity identity, string node)
    {
        if (!Topics.IsName(node))
            throw new PicketException(
                $"'{node}' can't name a node; use 1 to 63 of a-z, 0-9 and '-'", ExitCode.BadUsage);
        return Guard(identity.StateFolder, () =>
        {
            Directory.CreateDirectory(identity.StateFolder, OwnerOnly | UnixFileMode.UserExecute);
            using var key = LoadOrCreateKey(identity.KeyFile);
            var name = new X500DistinguishedNameBuilder();
            name.AddCommonName(node);
            var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256)
                .CreateSigningRequestPem() + "\n";
            WriteFile(identity.RequestFile, request);
            return request;
        });
    }

    /// <summary>Installs <paramref name="bundlePem"/>: the node's certificate followed by the CA's. Returns the node's
    /// name.</summary>
    /// <exception cref="PicketException">The bundle is not the answer to this machine's request; nothing is changed
    /// then.</exception>
    public static string Install(NodeIdentity identity, string bundlePem, string source) => Guard(
        identity.StateFolder, () =>
    {
        if (!File.Exists(identity.KeyFile) || !File.Exists(identity.RequestFile))
            throw new PicketException(
                $"{identity.StateFolder}: no request was made here; begin with picket join --request");
        if (bundlePem.Length > MaxBundleBytes)
            throw Refused(source, $"{bundlePem.Length} bytes are no certificate bundle");
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(bundlePem);
            if (certificates.Count < 2)
                throw Refused(source, "it must hold the node's certificate followed by the CA's");
            var name = Check(certificates, identity, source);
            var authorities = string.Concat(certificates.Skip(1).Select(ca => ca.ExportCertificatePem() + "\n"));
            WriteFile(identity.CaFile, authorities);
            WriteFile(identity.CertificateFile, certificates[0].ExportCertificatePem() + "\n");
            return name;
        }
        catch (CryptographicException e)
        {
            throw Refused(source, $"it can't be read ({e.Message})", e);
        }
        finally
        {
            foreach (var certificate in certificates) certificate.Dispose();
        }
    });

    private static string Check(X509Certificate2Collection bundle, NodeIdentity identity, string source)
    {
        var certificate = bundle[0];
        using var key = LoadOrCreateKey(identity.KeyFile);
        using var certified = certificate.GetECDsaPublicKey();
        if (certified is null
            || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw Refused(source, "the certificate is for another key");
        var request = CertificateRequest.LoadSigningRequestPem(
            File.ReadAllText(identity.RequestFile), HashAlgorithmName.SHA256);
        var (asked, given) = (NameOf(request.SubjectName), NameOf(certificate.SubjectName));
        if (given is null || given != asked)
            throw Refused(source, $"the certificate is for the name '{given}', asked was for '{asked}'");
        // Times are not looked at: the clock of a machine on an isolated line may be wrong, and the broker looks at
        // them anyway.
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        foreach (var authority in bundle.Skip(1)) chain.ChainPolicy.CustomTrustStore.Add(authority);
        if (!chain.Build(certificate)) throw Refused(source, "the certificate is not signed by the CA beside it");
        return given;
    }

    private static string? NameOf(X500DistinguishedName subject)
    {
        var parts = subject.EnumerateRelativeDistinguishedNames().ToArray();
        return parts is [{ HasMultipleElements: false } only] && only.GetSingleElementType().Value == CommonName
            ? only.GetSingleElementValue()
            : null;
    }

    private static ECDsa LoadOrCreateKey(string path)
    {
        if (File.Exists(path))
        {
            var stored = ECDsa.Create();
            stored.ImportFromPem(File.ReadAllText(path));
            return stored;
        }
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        WriteFile(path, key.ExportPkcs8PrivateKeyPem() + "\n");
        return key;
    }

    /// <summary>Replaces the file as a whole: after a power cut there is the old text or the new one.</summary>
    private static void WriteFile(string path, string text)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        var options =
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    private static string Guard(string folder, Func<string> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"{folder}: can't be used ({e.Message}); give the folder to the user that picket runs as", inner: e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new PicketException(
                $"{folder}: the key or the request there is damaged ({e.Message}); remove node.* there and join again",
                inner: e);
        }
    }

    private static PicketException Refused(string source, string why, Exception? inner = null) =>
        new($"{source}: {why}; ask the center for this node's bundle again", inner: inner);
}
