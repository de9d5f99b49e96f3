namespace Picket.Wire;

/// <summary>What a machine sends to <c>/v1/join</c>, once it knows that the server is the code's.</summary>
/// <param name="Secret">The code's ten bytes, hexadecimal.</param>
/// <param name="Csr">PKCS#10 in PEM; its CN is the node's name.</param>
public sealed record JoinRequest(int V, string Secret, string Csr);
