namespace Picket.Center.Receive;

/// <summary>The retained status of a node: the words <c>online</c> and <c>offline</c>, the second one also as its
/// last will.</summary>
internal static class NodeStatus
{
    /// <summary>Null for anything else.</summary>
    public static bool? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.SequenceEqual("online"u8)) return true;
        return payload.SequenceEqual("offline"u8) ? false : null;
    }
}
