namespace Picket.Agent.Ingest.Libav;

/// <summary>How long a <see cref="LibavStream"/> is waited for.</summary>
/// <param name="FirstPacket">For the stream's first packet.</param>
/// <param name="Packet">For each packet after that.</param>
/// <param name="Picture">For a picture while packets come.</param>
internal readonly record struct ReadLimits(TimeSpan FirstPacket, TimeSpan Packet, TimeSpan Picture)
{
    public static ReadLimits All(TimeSpan limit) => new(limit, limit, limit);
}
