namespace Picket.Agent.Ingest;

/// <summary>How a source is opened.</summary>
internal sealed record SourceOptions
{
    /// <summary>
    /// The camera's name in messages (<c>camera gate-2: ...</c>); without it, the masked address or the path is used.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>What to call the address in a message that must not repeat it.</summary>
    public string Address => Name is null ? "the address" : $"camera {Name}: its address";

    /// <summary>Credentials of a camera, when they are not in its address. Never printed.</summary>
    public string? User { get; init; }

    /// <summary>Goes with <see cref="User"/>. Never printed.</summary>
    public string? Password { get; init; }

    /// <summary>For connecting, up to the answer to PLAY: cameras on a radio link take seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For the first packet after the answer to PLAY: a camera may first wake its encoder, a recorder its disk, and either may wait for the
    /// next key frame, which is up to 10 s away, or twice that.
    /// </summary>
    public TimeSpan FirstPacketTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// Without a packet for this long a camera counts as stalled: 5 s is more than any sane frame interval.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// With packets but no picture for this long a camera counts as stalled: key frames of cameras are up to 10 s
    /// apart, or twice that.
    /// </summary>
    public TimeSpan PictureTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Clips are read no faster than they play, as a camera would deliver them.</summary>
    public bool RealTime { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
