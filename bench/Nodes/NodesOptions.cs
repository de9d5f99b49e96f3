namespace Picket.Bench.Nodes;

/// <summary>What `nodes` was asked.</summary>
/// <param name="Every">Seconds between two events of a node.</param>
/// <param name="Database">A PostgreSQL connection, or null for SQLite.</param>
/// <param name="Mosquitto">Whether a mosquitto is the broker, and not the center itself.</param>
/// <param name="Storm">Whether the broker is killed.</param>
/// <param name="Saturate">Whether to look for the rate that the center carries instead.</param>
/// <param name="Overload">Whether to offer twice that rate, and then to have the center stand still.</param>
/// <param name="Busy">Processes that do nothing but take the center's core.</param>
internal sealed record NodesOptions(
    int Nodes, int Seconds, double Every, string? Database, bool Mosquitto, bool Storm, bool Saturate, bool Overload = false, int Busy = 0);
