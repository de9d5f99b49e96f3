using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>Where things are in the center's state folder; nothing else spells these paths.</summary>
internal sealed class StateFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string CaFolder => Path.Combine(Root, "ca");
    public string CaCertificate => Path.Combine(CaFolder, "ca.pem");
    /// <summary>The authority that signs: its key and its certificate.</summary>
    public string CaKey => Path.Combine(CaFolder, "ca.key");

    /// <summary>As <see cref="CaKey"/>, for the authority that a rotation replaces; it exists only during the rotation.</summary>
    public string OldCaKey => Path.Combine(CaFolder, "old.key");

    /// <summary>The certificates of the authorities that are trusted now, for libraries that read files; rewritten from the keys
    /// beside it whenever it differs.</summary>
    public string CaTrusted => Path.Combine(CaFolder, "trusted.pem");

    /// <summary>The broker's certificate as it was made; the broker's own copy is not read back.</summary>
    public string CaBrokerCertificate => Path.Combine(CaFolder, "broker.pem");

    /// <summary>The last revocation list as it was written for the broker.</summary>
    public string CaRevoked => Path.Combine(CaFolder, "revoked.pem");

    /// <summary>The number of the last revocation list.</summary>
    public string ListNumber => Path.Combine(CaFolder, "revoked.number");

    /// <summary>What the broker reads. Only the center writes here. If a mosquitto reads here, the center trusts nothing from here,
    /// since strangers on the line can talk to it. The center's own broker has its key and its address here.</summary>
    public string BrokerFolder => Path.Combine(Root, "broker");

    /// <summary>Where the center's own broker listens, ADDRESS:PORT.</summary>
    public string BrokerListen => Path.Combine(BrokerFolder, "listen");

    /// <summary>Which list of nodes the center's own broker applies; it exists while one runs.</summary>
    public string BrokerSeen => Path.Combine(CenterFolder, "broker.seen");

    /// <summary>Whether the site has files for a mosquitto, which then follow from the node list and the authorities.</summary>
    public bool HasMosquitto => File.Exists(BrokerConfiguration);

    public string BrokerConfiguration => Path.Combine(BrokerFolder, "mosquitto.conf");

    /// <summary>Where it is kept while the center is its own broker.</summary>
    public string BrokerConfigurationUnused => BrokerConfiguration + ".unused";

    public string BrokerAcl => Path.Combine(BrokerFolder, "acl");
    public string BrokerCa => Path.Combine(BrokerFolder, "ca.pem");
    public string BrokerCertificate => Path.Combine(BrokerFolder, "broker.pem");
    public string BrokerKey => Path.Combine(BrokerFolder, "broker.key");
    public string BrokerRevoked => Path.Combine(BrokerFolder, "revoked.pem");

    /// <summary>The only folder that the broker writes to: its process id.</summary>
    public string BrokerRunFolder => Path.Combine(Root, "broker-run");
    public string BrokerPid => Path.Combine(BrokerRunFolder, "mosquitto.pid");

    public string CenterFolder => Path.Combine(Root, "center");
    public string CenterCertificate => Path.Combine(CenterFolder, "center.pem");
    public string CenterKey => Path.Combine(CenterFolder, "center.key");

    public string ConsoleCertificate => Path.Combine(CenterFolder, "console.pem");
    public string ConsoleKey => Path.Combine(CenterFolder, "console.key");

    /// <summary>Exists while a node is being shut out.</summary>
    public string RevocationFolder => Path.Combine(CenterFolder, "revocation");

    public string Nodes => Path.Combine(Root, "nodes.json");
    public string JoinCodes => Path.Combine(Root, "joincodes.json");

    /// <summary>Where the running center's enrollment port listens.</summary>
    public string EnrollmentAddress => Path.Combine(CenterFolder, "enrollment");

    public string IssuedFolder => Path.Combine(Root, "issued");

    /// <summary>The last certificate that the node was given, in case the answer was lost.</summary>
    public string Issued(string node) => Path.Combine(IssuedFolder, $"{node}.pem");

    public string Operators => Path.Combine(Root, "operators.json");
    public string Audit => Path.Combine(Root, "audit.log");
    /// <summary>Where the audit log ended, beside the keys.</summary>
    public string AuditMark => Path.Combine(CaFolder, "audit.mark");

    /// <summary>
    /// Beside this folder, and so not in its backup: it reveals that the folder was set back. It does not exist if this user
    /// can't write to the parent; the center's unit makes it.
    /// </summary>
    public string LastingFolder => Root + ".mark";
    public string LastingMark => Path.Combine(LastingFolder, "audit.mark");
    public string LastingNumber => Path.Combine(LastingFolder, "revoked.number");

    /// <summary>The names that were shut out, one a line.</summary>
    public string LastingRevoked => Path.Combine(LastingFolder, "revoked.names");

    /// <summary>Makes the folder beside this one if that is possible; false if it is not.</summary>
    public bool MakeLastingFolder()
    {
        try
        {
            Directory.CreateDirectory(LastingFolder, PrivateFiles.FolderMode0700);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public string Lock => Path.Combine(Root, "lock");
    public string Database => Path.Combine(Root, "center.db");
    public string RunLock => Path.Combine(Root, "center.lock");

    /// <summary>As <see cref="TakeLock"/>, but waits up to five seconds for another process to let go: the running center holds
    /// the folder for a few milliseconds at a time.</summary>
    /// <exception cref="PicketException">It is still held, or can't be written.</exception>
    public async Task<IDisposable> TakeLockAsync(TimeProvider time, CancellationToken cancel)
    {
        const int Attempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return TakeLock();
            }
            catch (PicketException e) when (e.InnerException is IOException && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancel);
            }
        }
    }

    /// <summary>Keeps other verbs from changing the folder until the result is disposed.</summary>
    /// <exception cref="PicketException">Another verb is at work in it, or it can't be written.</exception>
    public IDisposable TakeLock()
    {
        PrivateFiles.CreateFolder(Root);
        // Run by root, each replaced file would become root's: the center's user could no longer read any of them, and a
        // mosquitto that can't read its access list when signaled goes on without one.
        if (!FileOwner.IsMine(Root))
            throw new PicketException(
                $"state folder {Root}: belongs to another user; run as that user, such as: sudo -u picket-center picket-center ...");
        try
        {
            return new FileStream(Lock, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = PrivateFiles.FileMode0600,
            });
        }
        catch (IOException e)
        {
            throw new PicketException(
                $"state folder {Root}: another picket-center verb is changing it; wait for it and try again",
                inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PicketException(
                $"state folder {Root}: not writable for this user; run as its owner or name another with --state",
                inner: e);
        }
    }
}
