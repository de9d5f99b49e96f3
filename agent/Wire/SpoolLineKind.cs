namespace Picket.Wire;

/// <summary>What a line of a <see cref="SpoolFile"/> between the first and the last carries.</summary>
public enum SpoolLineKind
{
    /// <summary>An event, as on <c>.../event</c>.</summary>
    Event,

    /// <summary>A chunk of a crop, as on <c>.../crop</c>.</summary>
    Crop,

    /// <summary>An ack, as on <c>.../ack</c>.</summary>
    Ack,
}
