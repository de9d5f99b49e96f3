namespace Picket.CameraSim;

/// <summary>
/// Loses and corrupts packets at the mount's rates; seeded, so that the same run goes wrong the same way.
/// </summary>
internal sealed class PacketFaults(CameraFaults faults)
{
    private const int CorruptedBytes = 8;

    private readonly Random _random = new(1);

    /// <summary>False when the packet is to be lost; else its payload may have been changed.</summary>
    public bool Apply(Span<byte> payload)
    {
        if (Happens(faults.LossRate)) return false;
        if (Happens(faults.CorruptionRate))
        {
            for (var i = 0; i < CorruptedBytes; i++)
                payload[_random.Next(payload.Length)] ^= (byte)_random.Next(1, 256);
        }
        return true;
    }

    private bool Happens(double rate) => rate > 0 && _random.NextDouble() < rate;
}
