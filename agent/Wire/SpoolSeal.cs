namespace Picket.Wire;

/// <summary>The last line of a <see cref="SpoolFile"/>.</summary>
/// <param name="Sha256">Of all bytes before this line, in lower-case hexadecimal.</param>
/// <param name="Signature">ECDSA P-256 over that hash, DER (RFC 3279): what <c>openssl dgst -sha256 -verify</c>
/// takes.</param>
/// <param name="Certificate">PEM of who signed.</param>
public sealed record SpoolSeal(string Sha256, byte[] Signature, string Certificate);
