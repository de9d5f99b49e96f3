namespace Picket.Wire;

/// <summary>A piece of a crop's JPEG, sent on <c>.../crop</c> behind the alert that names it.</summary>
/// <param name="Id">The crop's id as in the event's body; the ack names it like a message id.</param>
/// <param name="Event">The id of the event that it belongs to.</param>
/// <param name="Index">0 to <paramref name="Count"/> - 1.</param>
/// <param name="Data">At most <see cref="MaxDataBytes"/> bytes (Base64 in JSON).</param>
public sealed record CropChunk(int V, Guid Id, string Node, Guid Event, int Index, int Count, byte[] Data)
{
    /// <summary>
    /// 3,000 bytes are 4,000 in Base64: one second of a 32 kbit/s line, so that an alert never waits longer behind a
    /// chunk.
    /// </summary>
    public const int MaxDataBytes = 3000;

    /// <summary>64 chunks are 192 kB, far more than any crop; a limit for what the center collects.</summary>
    public const int MaxCount = 64;
}
