namespace Picket.Center.Enroll;

/// <summary>A line of a revocation list.</summary>
/// <param name="Serial">Hexadecimal, as `openssl x509 -serial` prints it.</param>
internal readonly record struct RevokedCertificate(string Serial, DateTimeOffset Revoked);
