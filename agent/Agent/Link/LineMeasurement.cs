namespace Picket.Agent.Link;

/// <summary>What a line to a broker can carry.</summary>
/// <param name="Endpoint">Host and port.</param>
/// <param name="Node">The node as which it was measured.</param>
/// <param name="ConnectMilliseconds">From the first packet to the broker's welcome: TCP, TLS 1.3, MQTT.</param>
/// <param name="RoundTripMilliseconds">The median of five small messages and the broker's answers.</param>
/// <param name="BitsPerSecond">Up the line, with all headers; null if no message arrived in time.</param>
/// <param name="BytesPerRead">What a plate read takes while reads are queued, packed as the node packs them.</param>
/// <param name="ReadsPerSecond">How many of them the line carries.</param>
/// <param name="BusyNodes">How many busy nodes the line carries: each with 16 cameras, 10,000 vehicles a camera and day,
/// three messages a vehicle.</param>
internal sealed record LineMeasurement(
    string Endpoint,
    string Node,
    double ConnectMilliseconds,
    double RoundTripMilliseconds,
    double? BitsPerSecond,
    double BytesPerRead,
    double? ReadsPerSecond,
    double? BusyNodes)
{
    /// <summary>480,000 messages: 5.6 a second.</summary>
    public const int MessagesOfABusyDay = 16 * 10_000 * 3;
}
