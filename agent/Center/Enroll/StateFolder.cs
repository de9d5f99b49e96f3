namespace Picket.Center.Enroll;

/// <summary>Where things stand in the center's state folder; nothing else spells these paths.</summary>
internal sealed class StateFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string CaFolder => Path.Combine(Root, "ca");
    public string CaCertificate => Path.Combine(CaFolder, "ca.pem");
    public string CaKey => Path.Combine(CaFolder, "ca.key");

    public string BrokerFolder => Path.Combine(Root, "broker");
    public string BrokerConfiguration => Path.Combine(BrokerFolder, "mosquitto.conf");
    public string BrokerAcl => Path.Combine(BrokerFolder, "acl");
    public string BrokerCa => Path.Combine(BrokerFolder, "ca.pem");
    public string BrokerCertificate => Path.Combine(BrokerFolder, "broker.pem");
    public string BrokerKey => Path.Combine(BrokerFolder, "broker.key");
    public string BrokerRevoked => Path.Combine(BrokerFolder, "revoked.pem");
    public string BrokerPid => Path.Combine(BrokerFolder, "mosquitto.pid");

    public string CenterFolder => Path.Combine(Root, "center");
    public string CenterCertificate => Path.Combine(CenterFolder, "center.pem");
    public string CenterKey => Path.Combine(CenterFolder, "center.key");

    public string Nodes => Path.Combine(Root, "nodes.json");
    public string Lock => Path.Combine(Root, "lock");
    public string Database => Path.Combine(Root, "center.db");
    public string RunLock => Path.Combine(Root, "center.lock");

    /// <summary>Keeps other verbs from changing the folder until the result is disposed.</summary>
    /// <exception cref="CenterException">Another verb is at work in it, or it can not be written.</exception>
    public IDisposable TakeLock()
    {
        PrivateFiles.CreateFolder(Root);
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
            throw new CenterException(
                $"state folder {Root}: another picket-center verb is changing it; wait for it and try again",
                inner: e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CenterException(
                $"state folder {Root}: no right to write; run as its owner or name another with --state",
                inner: e);
        }
    }
}
