using Picket.Center.Enroll;
using Picket.Center.Receive;

namespace Picket.Center.Web;

/// <summary>What an administrator can see of the site's nodes and do with them. Any thread.</summary>
internal sealed class NodeDesk(StateFolder folder, NodeRevocation revocation, TimeProvider time)
{
    private readonly NodeRoster _roster = new(folder);

    /// <summary>The nodes that were shut out, according to the current list.</summary>
    public IReadOnlySet<string> ShutOut => _roster.ShutOut;

    /// <summary>All nodes that ever got a certificate, by name.</summary>
    /// <exception cref="PicketException">The list is damaged.</exception>
    public IEnumerable<NodeAccessView> List(CenterState state) =>
        from node in NodeRegistry.Load(folder).Nodes
        select new NodeAccessView(
            node.Name, state.IsOnline(node.Name), node.SignedAt, node.NotAfter, node.Serial, node.OutSince);

    /// <summary>As <see cref="Enroll.Endings.Of"/>.</summary>
    public IReadOnlyList<string> Endings() => Enroll.Endings.Of(folder, time);

    /// <summary>The same for one person's own certificate.</summary>
    public IReadOnlyList<string> EndingsOf(string visitor) =>
        [.. Enroll.Endings.OfPersons(folder, time).Where(line =>
            line.StartsWith($"operator {OperatorEntry.NameOf(visitor)}:", StringComparison.Ordinal))];

    public bool Has(string name) => NodeRegistry.Load(folder).Find(name) is not null;

    /// <summary>Shuts the node out.</summary>
    /// <exception cref="PicketException">As <see cref="NodeRevocation.RunAsync"/>.</exception>
    public Task RevokeAsync(string name, CancellationToken cancel) => revocation.RunAsync(name, cancel);
}

/// <summary>A node as an administrator sees it.</summary>
/// <param name="Online">As in <see cref="NodeView"/>.</param>
/// <param name="Serial">Its certificate's.</param>
/// <param name="Revoked">When it was shut out, or null.</param>
internal sealed record NodeAccessView(
    string Name, bool? Online, DateTimeOffset SignedAt, DateTimeOffset NotAfter, string Serial, DateTimeOffset? Revoked);
