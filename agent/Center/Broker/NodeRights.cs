using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>What a node may write and read, whatever the broker: the center's own asks here at each packet, mosquitto's access
/// list is made of it.</summary>
/// <remarks>Topic by topic: a wildcard over a node's own prefix would let it forge its own acknowledgments. Three to write, so
/// three messages at most that a broker keeps for a node.</remarks>
internal static class NodeRights
{
    /// <summary>What all nodes may read.</summary>
    public const string Lists = Topics.Root + "/" + Topics.ListLevel + "/+";

    public static string[] Writes(string node) => [Topics.Event(node), Topics.Crop(node), Topics.Status(node)];

    public static string[] Reads(string node) => [Topics.Ack(node), Topics.Command(node), Lists];
}
