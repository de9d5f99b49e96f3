using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>The center's acks in a file: accepted only if the center has signed them for this
/// node.</summary>
internal static class SpoolAcks
{
    /// <summary>The ids that the center has stored, at most <see cref="Ack.MaxIds"/> a list; null with the reason if
    /// the file can't be read or is not from the center to this node.</summary>
    public static List<Guid[]>? TryRead(string path, SpoolSignature signature, out string error)
    {
        using var file = TryOpen(path, out error);
        if (file is null) return null;
        if (!signature.IsFrom(file, SpoolFile.CenterSigner)) error = "it is not signed by this site's center";
        else if (file.Header.Node != signature.Node) error = $"it is for the node '{file.Header.Node}'";
        if (error.Length > 0) return null;
        var lists = new List<Guid[]>(file.Lines.Count);
        foreach (var line in file.Lines)
        {
            if (line.Kind != SpoolLineKind.Ack) error = "it holds something other than acks";
            else if (WireJson.TryReadAck(line.Message.Span, out error) is { } ack && ack.Node == signature.Node)
                lists.Add(ack.Ids);
            else if (error.Length == 0) error = "it holds an ack for another node";
            if (error.Length > 0) return null;
        }
        return lists;
    }

    private static SpoolFile? TryOpen(string path, out string error)
    {
        try
        {
            return SpoolFile.TryOpen(path, out error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e.Message;
            return null;
        }
    }
}
