using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>What a node may write and read, whatever the broker: the center's own asks here at each packet, and mosquitto's access
/// list is made from it.</summary>
/// <remarks>Topic by topic: a wildcard over a node's own prefix would let it forge its own acknowledgments. It may write three, so a
/// broker retains at most three messages for a node.</remarks>
internal static class NodeRights
{
    /// <summary>What all nodes may read.</summary>
    public const string Lists = Topics.Root + "/" + Topics.ListLevel + "/+";

    public static string[] Writes(string node) => [Topics.Event(node), Topics.Crop(node), Topics.Status(node)];

    public static string[] Reads(string node) => [Topics.Ack(node), Topics.Command(node), Lists];
}
