namespace Picket.Center.Enroll;

/// <summary>A join code as the center keeps it: not the code, only its hash.</summary>
/// <param name="Hash">SHA-256 of the node's name, a zero byte and the secret; lower-case hexadecimal. The secret has 80
/// random bits, so that nothing slower is needed.</param>
/// <param name="Failures">How many wrong codes were tried for this node.</param>
internal sealed record JoinCodeEntry(
    string Node, string Hash, DateTimeOffset Made, DateTimeOffset Expires, int Failures = 0, DateTimeOffset? Used = null);
