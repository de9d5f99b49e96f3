namespace Picket.Center.Enroll;

/// <summary>A node that has a certificate of this site.</summary>
/// <param name="Serial">The certificate's serial number, hexadecimal, as `openssl x509 -serial` prints it.</param>
/// <param name="Sha256">The certificate's fingerprint, lower-case hexadecimal.</param>
internal sealed record NodeEntry(
    string Name, string Serial, string Sha256, DateTimeOffset SignedAt, DateTimeOffset NotAfter);
