using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>The first line of a <see cref="SpoolFile"/>.</summary>
/// <param name="Node">Whose events, or acks of whose events, the file carries.</param>
/// <param name="Epoch">Of the node's outbox when it wrote the events; an ack file repeats it.</param>
/// <param name="Number">Counts the node's files; an ack file repeats it.</param>
public sealed record SpoolHeader(int V, string Node, Guid Epoch, long Number, DateTimeOffset Created)
{
    /// <summary>The name of the file that carries events, without a folder.</summary>
    [JsonIgnore]
    public string EventsFile => $"{Node}-{Epoch:D}-{Number}{SpoolFile.EventsExtension}";

    /// <summary>The name of the file that carries the acks of <see cref="EventsFile"/>.</summary>
    [JsonIgnore]
    public string AcksFile => $"{Node}-{Epoch:D}-{Number}{SpoolFile.AcksExtension}";
}
