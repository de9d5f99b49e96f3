namespace Picket.Center.Audit;

/// <summary>Something that a person did, before it has its place in the log.</summary>
/// <param name="Who">An operator's name, <c>demo</c>, or <c>local:</c> and the user who ran a verb.</param>
/// <param name="From">The address it was done from, or null for a verb at the center's own machine.</param>
/// <param name="Did">One of <see cref="AuditAct"/>.</param>
/// <param name="What">What it was done to: a crop's id, a node's or an operator's name.</param>
internal sealed record AuditEntry(string Who, string? From, string Did, string What)
{
    /// <summary>What is done by a verb at the center's own machine.</summary>
    public static AuditEntry Local(string did, string what) => new($"local:{Environment.UserName}", null, did, what);
}
