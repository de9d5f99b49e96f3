namespace Picket.Center.Audit;

/// <summary>The words of the audit log; scripts search for them, so they never change.</summary>
internal static class AuditAct
{
    public const string LookAtCrop = "crop.look";
    public const string Refused = "refused";
    public const string RevokeNode = "node.revoke";
    public const string AddOperator = "operator.add";
    public const string RevokeOperator = "operator.revoke";
    public const string Mend = "audit.mend";
}
