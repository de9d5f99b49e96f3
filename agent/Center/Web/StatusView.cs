using Picket.Center.Receive;
using Picket.Center.Store;

namespace Picket.Center.Web;

/// <summary>The state of the site, for the page's status line.</summary>
/// <param name="Connected">Whether the center reaches its broker.</param>
/// <param name="Conflicts">All that the database has.</param>
/// <param name="Pending">Events that wait in the nodes' outboxes, as last reported.</param>
/// <param name="Nodes">At most <see cref="MaxNodes"/>, those that need attention first.</param>
/// <param name="Silent">Names of the nodes that are offline: what they last saw may be over.</param>
internal sealed record StatusView(
    bool Connected, int NodesOnline, int NodesKnown, long Pending, DateTimeOffset? LastMessageAt,
    long Stored, long Duplicates, long Refused, long Conflicts,
    IReadOnlyList<NodeView> Nodes, IReadOnlyList<string> Silent)
{
    /// <summary>A screen full; thousands are a matter for a search, not for this line.</summary>
    public const int MaxNodes = 50;

    /// <summary>A thousand names are 10 kB for each browser and query. If more are away, nobody works through the list.</summary>
    private const int MaxSilent = 1000;

    /// <param name="shutOut">Nodes that no longer belong to this site: they are neither counted nor reported as trouble.</param>
    public static StatusView From(CenterState state, StoreReader reader, IReadOnlySet<string> shutOut, DateTimeOffset now)
    {
        var stored = reader.Nodes().ToDictionary(row => row.Node);
        var nodes = stored.Keys.Union(state.KnownNodes).Where(name => !shutOut.Contains(name))
            .Select(name => NodeView.From(name, state, now, stored.GetValueOrDefault(name)))
            .OrderByDescending(node => node.Trouble).ThenBy(node => node.Name, StringComparer.Ordinal)
            .ToArray();
        return new StatusView(
            state.Connected,
            nodes.Count(node => node.Online == true),
            nodes.Length,
            nodes.Sum(node => node.Pending ?? 0),
            state.LastMessageAt ?? nodes.Max(node => node.LastReceivedAt),
            state.Stored,
            state.Duplicates,
            state.Refused,
            nodes.Sum(node => node.Conflicts),
            [.. nodes.Take(MaxNodes)],
            [.. nodes.Where(node => node.Online == false).Select(node => node.Name).Take(MaxSilent)]);
    }
}
