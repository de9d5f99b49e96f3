namespace Picket.Wire;

/// <summary>The MQTT topics; one place, used by node, center and the broker's ACL.</summary>
public static class Topics
{
    public const string Root = "picket/v1";

    /// <summary>
    /// Takes the place of a node's name: <c>picket/v1/list/&lt;name&gt;</c> is shared by all. The center signs no
    /// node of this name.
    /// </summary>
    public const string ListLevel = "list";

    public const string AllEvents = Root + "/+/event";
    public const string AllCrops = Root + "/+/crop";
    public const string AllStatus = Root + "/+/status";

    public static string Event(string node) => $"{Root}/{node}/event";

    /// <summary>One for all crops of the node; the chunk says to which it belongs. The broker keeps a retained message for each topic:
    /// with a topic for each crop, one node could fill its memory.</summary>
    public static string Crop(string node) => $"{Root}/{node}/crop";

    public static string Status(string node) => $"{Root}/{node}/status";
    public static string Ack(string node) => $"{Root}/{node}/ack";
    public static string Command(string node) => $"{Root}/{node}/cmd";

    /// <summary>Where a node measures its line; it is granted to nobody, so the broker refuses what comes.</summary>
    public static string Probe(string node) => $"{Root}/{node}/probe";

    /// <summary>The node named in <paramref name="topic"/>, or null if it is not one of ours.</summary>
    public static string? NodeOf(string topic)
    {
        var parts = topic.Split('/');
        return parts is ["picket", "v1", { Length: > 0 } node, _, ..] && node != ListLevel ? node : null;
    }

    /// <summary>
    /// True when <paramref name="name"/> may name a node or a camera: 1 to 63 of a-z, 0-9 and '-', starting with a
    /// letter or digit. An MQTT level, a certificate's CN and a file name can all hold it.
    /// </summary>
    public static bool IsName(string name) =>
        name.Length is >= 1 and <= 63
        && name[0] != '-'
        && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
