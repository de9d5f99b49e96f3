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

    /// <summary>The site's CAs, two while one replaces the other: a broker's certificate must be from one of
    /// these.</summary>
    public string CaFile => Path.Combine(StateFolder, "ca.pem");

    /// <summary>The key of the requested certificate, until that arrives; then it becomes
    /// <see cref="KeyFile"/>.</summary>
    public string NextKeyFile => Path.Combine(StateFolder, "next.key");

    /// <summary>The certificate of <see cref="NextKeyFile"/>, while both are being moved into place.</summary>
    public string NextCertificateFile => Path.Combine(StateFolder, "next.pem");

    /// <summary>The address of the center's enrollment port, as it was given to <c>picket join</c>.</summary>
    public string EnrollmentFile => Path.Combine(StateFolder, "enrollment");
}
