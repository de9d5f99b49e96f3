namespace Picket.Agent.Link;

/// <summary>The state of the line; counts since the node started.</summary>
/// <param name="Endpoint">Where it is connected to, or null.</param>
/// <param name="IsCenterAbsent">The broker answers that nobody listens.</param>
/// <param name="Connects">Connections made.</param>
/// <param name="Sent">Messages given to the link, each resend counted.</param>
/// <param name="Resent">Those of them that had been given to it before on the same connection.</param>
/// <param name="NotDelivered">Messages that the broker dropped, because nobody listened or because it refused them.</param>
/// <param name="Acked">Events and crops that the center has acknowledged, each once.</param>
/// <param name="Latency">From the end of decoding of the deciding frame to the center's ack, for events of this
/// run.</param>
/// <param name="LastError">Why the line is or was down, or null.</param>
/// <param name="IgnoredCommands">Commands for another node, or of a kind that this build does not know.</param>
/// <param name="Refused">Events that the center will never take.</param>
/// <param name="SetAside">Events that it leaves unacknowledged while it takes others, and that are set aside.</param>
/// <param name="SentEvents">Events in what was sent, each resend counted.</param>
internal sealed record LinkTelemetry(
    string? Endpoint,
    bool IsCenterAbsent,
    long Connects,
    long Sent,
    long SentBytes,
    long Resent,
    long NotDelivered,
    long Acked,
    LatencySummary Latency,
    string? LastError,
    long IgnoredCommands = 0,
    long Refused = 0,
    long SetAside = 0,
    long SentEvents = 0);
