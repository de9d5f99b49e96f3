namespace Picket.Agent.Config;

/// <summary>The line to the center. No endpoint: the node works alone and keeps its events.</summary>
internal sealed record LinkConfig
{
    /// <summary>Brokers in order of preference, <c>host:port</c>.</summary>
    public IReadOnlyList<EndpointConfig> Endpoints { get; init; } = [];

    /// <summary>
    /// Bytes under way without the center's ack, at most: 64 kB are two round trips of a 4G line at its best. A thinner
    /// line is measured, and gets about half a second of what it carries.
    /// </summary>
    public int WindowBytes { get; init; } = 64 * 1024;

    /// <summary>The center's enrollment port, where the certificate is renewed; null for the one that <c>picket join</c> was
    /// given.</summary>
    public Uri? Enrollment { get; init; }

    /// <summary>Where events go while no endpoint answers, or null.</summary>
    public SpoolConfig? Spool { get; init; }
}
