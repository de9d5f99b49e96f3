namespace Picket.Agent.Config;

/// <summary>Where events go when there is no line: signed files on a stick that somebody carries.</summary>
internal sealed record SpoolConfig
{
    /// <summary>The stick's mount point. While nothing is mounted there, nothing is written.</summary>
    public required string Folder { get; init; }

    /// <summary>How long no endpoint must have answered. An hour: a broker's restart, a storm, a night's maintenance fill
    /// no stick.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromHours(1);

    /// <summary>While there is no line, what came is written this often: 96 files a day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether the folder may be on the disk that the outbox is on: for a share, or a folder that something else
    /// empties. Else an empty mount point would fill the node's own disk.</summary>
    public bool OnOwnDisk { get; init; }
}
