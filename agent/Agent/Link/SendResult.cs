namespace Picket.Agent.Link;

/// <summary>What became of one message on its first hop. None of these means that the center has stored it: only its
/// ack does.</summary>
internal enum SendResult
{
    /// <summary>On its way to the center.</summary>
    Taken,

    /// <summary>The center is not there; the message is gone.</summary>
    NobodyListens,

    /// <summary>This node may not send there; the message is gone.</summary>
    Refused,
}
