using Picket.Center.Audit;
using Picket.Center.Enroll;

namespace Picket.Center.Cli;

/// <summary>The audit log's entries of what is done by a verb at the center's own machine.</summary>
internal static class LocalAudit
{
    public static Task Add(StateFolder folder, string act, string what) =>
        new AuditLog(folder.Audit, TimeProvider.System).Add(
            new AuditEntry($"local:{Environment.UserName}", null, act, what));
}
