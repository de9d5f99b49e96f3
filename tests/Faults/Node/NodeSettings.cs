namespace Picket.Faults.Node;

/// <summary>What the supervisor gives the node under test.</summary>
/// <param name="State">The node's state folder, joined to the site.</param>
/// <param name="Journal">Where accepted events are written down.</param>
/// <param name="Port">Of the broker, or of the proxy before it.</param>
/// <param name="Seed">Of the events.</param>
/// <param name="Run">Counts the starts of this node.</param>
/// <param name="SeamFaults">0 to 1: how often messages and acks are lost, doubled and swapped at the link's
/// seam.</param>
/// <param name="IsQuick">Waits are shortened, so that a run of the short matrix ends soon; otherwise they are the
/// product's.</param>
internal sealed record NodeSettings(
    string State, string Journal, string Name, int Port, int Seed, int Run, double SeamFaults, bool IsQuick);
