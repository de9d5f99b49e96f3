namespace Picket.Tests.Support;

/// <summary>What a <see cref="LineProxy"/> does to connections.</summary>
internal enum LineFault
{
    None,

    /// <summary>Connections are reset, new ones refused.</summary>
    Cut,

    /// <summary>What is sent is thrown away, and nobody is told: as when the far side has lost its power, or a firewall
    /// its memory. Connections that saw this stay dead when it is over.</summary>
    HalfOpen,

    /// <summary>Nothing moves, nothing is lost; afterwards all goes on.</summary>
    Stalled,
}
