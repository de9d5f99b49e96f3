namespace Picket.Agent.Link;

/// <summary>The files in the state folder that make this machine a node of a site; made by <c>picket
/// join</c>.</summary>
internal sealed record NodeIdentity(string StateFolder)
{
    /// <summary>The private key; never leaves the machine. Mode 0600.</summary>
    public string KeyFile => Path.Combine(StateFolder, "node.key");

    /// <summary>The last request for a certificate.</summary>
    public string RequestFile => Path.Combine(StateFolder, "node.csr");

    /// <summary>The certificate that the center signed; its CN is the node's name.</summary>
    public string CertificateFile => Path.Combine(StateFolder, "node.pem");

    /// <summary>The site's CA: the only one that a broker's certificate may be from.</summary>
    public string CaFile => Path.Combine(StateFolder, "ca.pem");
}
