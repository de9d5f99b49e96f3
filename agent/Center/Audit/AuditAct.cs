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
    public const string Begin = "audit.begin";
    public const string MakeSite = "ca.init";
    public const string RotateAuthority = "ca.rotate";
    public const string EndAuthority = "ca.finish";
    public const string MakeCode = "node.add";
    public const string SignNode = "node.sign";
    public const string JoinNode = "node.join";
    public const string RenewNode = "node.renew";
    public const string Import = "import";
    public const string AcceptRestore = "restore.accept";
}
