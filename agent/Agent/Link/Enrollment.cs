using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Makes a machine a node of a site: makes a key that never leaves it, asks for a certificate, and installs the
/// answer.</summary>
internal static class Enrollment
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

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
            var request = Request(key, node);
            WriteFile(identity.RequestFile, request);
            return request;
        });
    }

    /// <summary>
    /// Makes the key for the next certificate, unless there is one, and returns a request for it. The key is new every time: a
    /// private key for authentication should be used for one to two years (NIST SP 800-57 part 1, 5.3.6), and two
    /// thirds of a certificate's life are one and a half. It stays the same until it is certified, so that a center whose
    /// answer was lost gives the same again.
    /// </summary>
    /// <exception cref="PicketException">The state folder can't be written.</exception>
    public static string RequestNext(NodeIdentity identity, string node) => Guard(identity.StateFolder, () =>
    {
        Directory.CreateDirectory(identity.StateFolder, OwnerOnly | UnixFileMode.UserExecute);
        Recover(identity);
        using var key = LoadOrCreateKey(identity.NextKeyFile);
        return Request(key, node);
    });

    /// <summary>
    /// Installs the answer to <see cref="RequestNext"/>, or the present certificate with other authorities. Every step
    /// leaves either the old or the new certificate in force, or a state that <see cref="Recover"/> completes.
    /// </summary>
    /// <param name="isTrusted">Whether one of the authorities is the one that the machine already knows.</param>
    /// <returns>True if the certificate is a new one.</returns>
    /// <exception cref="PicketException">The bundle is not the answer; nothing is changed then.</exception>
    public static bool InstallNext(
        NodeIdentity identity, string node, string bundlePem, Func<X509Certificate2, bool> isTrusted, string source)
    {
        var installed = false;
        Guard(identity.StateFolder, () =>
        {
            using var bundle = CertificateBundle.Read(bundlePem, source);
            bundle.CheckName(node);
            bundle.CheckChain();
            if (!bundle.Authorities.Any(isTrusted))
                throw Refused(source, "none of its CAs is the one this machine knows");
            if (File.Exists(identity.CertificateFile) && bundle.IsCertificate(File.ReadAllText(identity.CertificateFile)))
            {
                WriteFile(identity.CaFile, bundle.AuthoritiesPem);
                return node;
            }
            using (var key = LoadOrCreateKey(identity.NextKeyFile)) bundle.CheckKey(key);
            WriteFile(identity.CaFile, bundle.AuthoritiesPem);
            WriteFile(identity.NextCertificateFile, bundle.CertificatePem);
            Recover(identity);
            installed = true;
            return node;
        });
        return installed;
    }

    /// <summary>
    /// Joins the site of <paramref name="code"/> over its enrollment port, with a key that never leaves this machine, and
    /// remembers the address for renewals. Returns the node's name.
    /// </summary>
    /// <exception cref="PicketException">The server is not the code's, the center refuses or can't be reached, or the state
    /// folder can't be written; a machine that was a node before stays the same.</exception>
    public static async Task<string> JoinAsync(
        NodeIdentity identity, Uri url, JoinCode code, TimeProvider time, CancellationToken cancel)
    {
        var request = RequestNext(identity, code.Node);
        using var client = EnrollmentClient.ForCode(url, code, time);
        try
        {
            var answer = await client.JoinAsync(request, cancel);
            if (answer.Bundle is null)
                throw new PicketException($"{url.Authority}: the center gave no certificate; get a new code");
            InstallNext(identity, code.Node, answer.Bundle, client.IsKnownRoot, url.Authority);
        }
        catch (LinkException e)
        {
            throw new PicketException($"{e.Message}; check the address and the line; the code can be used again", inner: e);
        }
        return Guard(identity.StateFolder, () =>
        {
            WriteFile(identity.EnrollmentFile, url.GetLeftPart(UriPartial.Authority) + "\n");
            return code.Node;
        });
    }

    /// <summary>Completes what a power cut left half done: moves a certified next key and its certificate into
    /// place.</summary>
    /// <exception cref="PicketException">The state folder can't be written, or a file there is damaged.</exception>
    public static void Recover(NodeIdentity identity)
    {
        if (!File.Exists(identity.NextCertificateFile)) return;
        Guard(identity.StateFolder, () =>
        {
            // Key first: once it is in place, the certificate beside it still shows what remains to be done.
            if (File.Exists(identity.NextKeyFile)) Move(identity.NextKeyFile, identity.KeyFile);
            Move(identity.NextCertificateFile, identity.CertificateFile);
            return identity.StateFolder;
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
                $"{identity.StateFolder}: no request was made here; start with picket join --request");
        using var bundle = CertificateBundle.Read(bundlePem, source);
        using (var key = LoadOrCreateKey(identity.KeyFile)) bundle.CheckKey(key);
        var request = CertificateRequest.LoadSigningRequestPem(
            File.ReadAllText(identity.RequestFile), HashAlgorithmName.SHA256);
        var name = bundle.CheckName(CertificateBundle.NameOf(request.SubjectName));
        bundle.CheckChain();
        WriteFile(identity.CaFile, bundle.AuthoritiesPem);
        WriteFile(identity.CertificateFile, bundle.CertificatePem);
        return name;
    });

    private static string Request(ECDsa key, string node)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(node);
        return new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequestPem() + "\n";
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

    /// <summary>Replaces the file as a whole: after a power cut it holds the old text or the new one.</summary>
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
        Move(temporary, path);
    }

    /// <summary>The file's own sync after the rename makes the name last as well: journaling file systems write both with
    /// the same transaction.</summary>
    private static void Move(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        using var file = File.OpenHandle(to, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
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
