using System.Text.Json;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The list of nodes that this site has signed, kept in <c>nodes.json</c>; the broker's ACL is made from
/// it.</summary>
internal sealed class NodeRegistry
{
    private readonly StateFolder _folder;
    private readonly SortedDictionary<string, NodeEntry> _nodes;

    private NodeRegistry(StateFolder folder, IEnumerable<NodeEntry> nodes)
    {
        _folder = folder;
        _nodes = new(nodes.ToDictionary(node => node.Name), StringComparer.Ordinal);
    }

    public IReadOnlyCollection<NodeEntry> Nodes => _nodes.Values;

    public NodeEntry? Find(string name) => _nodes.GetValueOrDefault(name);

    public void Put(NodeEntry entry) => _nodes[entry.Name] = entry;

    /// <exception cref="CenterException">The file is damaged.</exception>
    public static NodeRegistry Load(StateFolder folder)
    {
        if (!File.Exists(folder.Nodes)) return new NodeRegistry(folder, []);
        try
        {
            var entries = JsonSerializer.Deserialize(File.ReadAllBytes(folder.Nodes), EnrollJson.Default.NodeEntryArray)
                ?? [];
            // The names go into the ACL as they are: a hand-edited one must not become a second line there.
            if (entries.FirstOrDefault(entry => !Topics.IsName(entry.Name)) is not null)
                throw new JsonException("a node's name is not allowed");
            return new NodeRegistry(folder, entries);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new CenterException(
                $"node list {folder.Nodes} is damaged ({e.Message.TrimEnd('.')}); restore it from its backup",
                inner: e);
        }
    }

    /// <summary>Writes the list and the broker's ACL that follows from it.</summary>
    public void Save()
    {
        PrivateFiles.Write(
            _folder.Nodes, JsonSerializer.Serialize(_nodes.Values.ToArray(), EnrollJson.Default.NodeEntryArray) + "\n");
        PrivateFiles.Write(_folder.BrokerAcl, BrokerFiles.Acl(_nodes.Keys));
    }
}
