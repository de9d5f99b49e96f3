namespace Picket.Faults.Site;

/// <summary>How a site is made.</summary>
/// <param name="Seed">Of the node's events.</param>
/// <param name="IsQuick">Whether the node's waits are shortened; see <see cref="Node.NodeSettings"/>.</param>
internal sealed record SiteOptions(int Seed, bool IsQuick)
{
    /// <summary>How often messages and acks are lost, doubled and swapped at the link's seam, 0 to 1.</summary>
    public double SeamFaults { get; init; }

    /// <summary>What the node is started by: a program and its arguments, before its own.</summary>
    public IReadOnlyList<string> NodePrefix { get; init; } = [];

    public IReadOnlyList<(string Name, string Value)> CenterEnvironment { get; init; } = [];

    /// <summary>The center's database is PostgreSQL instead of SQLite.</summary>
    public bool HasPostgres { get; init; }

    /// <summary>Mounted when the site is made, with what it holds, and before anything is started.</summary>
    public Lazy<Task<SmallDisk>>? NodeDisk { get; init; }

    public Lazy<Task<SmallDisk>>? CenterDisk { get; init; }
}
