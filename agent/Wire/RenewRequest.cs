namespace Picket.Wire;

/// <summary>What a node sends to <c>/v1/renew</c>, with its present certificate as TLS client.</summary>
/// <param name="Roots">SHA-256 of the authorities that it trusts, lower-case hexadecimal.</param>
/// <param name="Csr">PKCS#10 in PEM for the next certificate; null to ask whether one is due.</param>
public sealed record RenewRequest(int V, string[] Roots, string? Csr = null)
{
    /// <summary>Two in an overlap; more is no node of ours.</summary>
    public const int MaxRoots = 8;
}
