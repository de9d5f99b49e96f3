namespace Picket.Wire;

/// <summary>What the enrollment port answers to every request.</summary>
/// <param name="Due">With <c>/v1/renew</c>: a new certificate is due, ask again with a request for it.</param>
/// <param name="Bundle">The node's certificate followed by every authority that it is to trust from now on, in PEM; null
/// when nothing changes.</param>
/// <param name="Error">Why it was refused and what to do, in one line; null when it was not.</param>
public sealed record EnrollmentAnswer(int V, bool Due = false, string? Bundle = null, string? Error = null);
