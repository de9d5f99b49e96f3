namespace Picket.Center.Enroll;

/// <summary>What a join code is worth.</summary>
internal enum JoinVerdict
{
    Valid,

    /// <summary>No such code, or another node's; the sender does not learn which.</summary>
    Wrong,

    Used,
    Expired,

    /// <summary>The code is right, but so many wrong ones were tried for this node that it does not count any
    /// more.</summary>
    TooManyAttempts,
}
