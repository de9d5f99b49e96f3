using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>How the node is.</summary>
/// <param name="Losses">What it had to let go; null when that is nothing, or a build before this field wrote it.</param>
/// <param name="DiskFails">The disk takes no events at the moment: they wait in memory.</param>
/// <param name="Warnings">What a person should see to, each until it is gone; at most <see cref="MaxWarnings"/> of at
/// most <see cref="MaxWarningCharacters"/>. Null when there are none.</param>
public sealed record NodeHealthBody(
    double UptimeSeconds,
    long OutboxPending,
    CameraHealth[] Cameras,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NodeLosses? Losses = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool DiskFails = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string[]? Warnings = null)
{
    /// <summary>One for each camera of a full node; what goes beyond is told as a number. 16 of 200 characters are 3 kB,
    /// a second on a 32 kbit/s line.</summary>
    public const int MaxWarnings = 16;

    /// <summary>A sentence with a path in it.</summary>
    public const int MaxWarningCharacters = 200;

    /// <summary>What is out of bounds, or null.</summary>
    internal string? Fault()
    {
        var isSound = double.IsFinite(UptimeSeconds) && WireBounds.IsCount(OutboxPending)
            && Cameras.All(camera => camera is not null && double.IsFinite(camera.FramesPerSecond) && AreCounts(
                camera.Frames, camera.Dropped, camera.Analyzed, camera.BadPackets, camera.CorruptFrames, camera.CropsLost));
        if (!isSound) return "the health has a null camera or a number out of range";
        if (Losses is { } losses && !AreCounts(
            losses.EventsLeftOut, losses.CropsLeftOut, losses.EventsDeleted, losses.CropsDeleted, losses.DiskFailedSeconds))
            return "the health counts impossible losses";
        var areWarningsSound = Warnings is null
            || (Warnings.Length <= MaxWarnings && Warnings.All(w => w is { Length: <= MaxWarningCharacters }));
        return areWarningsSound ? null : "the health's warnings are too many or too long";
    }

    private static bool AreCounts(params ReadOnlySpan<long> counts)
    {
        foreach (var count in counts)
        {
            if (!WireBounds.IsCount(count)) return false;
        }
        return true;
    }
}
