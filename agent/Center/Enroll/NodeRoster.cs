namespace Picket.Center.Enroll;

/// <summary>Who is on this site's list of nodes now: the file is read again whenever it has changed. Any thread.</summary>
/// <remarks>If the list can't be read, its last good state is used; whoever changes the list reports the damage.</remarks>
internal sealed class NodeRoster(StateFolder folder)
{
    private readonly Lock _gate = new();
    private HashSet<string> _listed = [];
    private HashSet<string> _shutOut = [];
    private HashSet<string> _revoked = [];
    private (DateTime WrittenAt, long Length)? _read;

    /// <summary>The nodes that were shut out.</summary>
    public IReadOnlySet<string> ShutOut
    {
        get
        {
            lock (_gate)
            {
                Refresh();
                return _shutOut;
            }
        }
    }

    /// <summary>True for a node that is on the list and was not shut out.</summary>
    public bool IsOurs(string node)
    {
        lock (_gate)
        {
            Refresh();
            return _listed.Contains(node);
        }
    }

    /// <summary>As <see cref="IsOurs"/>, with this certificate: an earlier one may be revoked although the node is not.</summary>
    public bool IsLetIn(string node, string serial)
    {
        lock (_gate)
        {
            Refresh();
            return _listed.Contains(node) && !_revoked.Contains(serial);
        }
    }

    /// <summary>The time stamp of the list that is in force.</summary>
    public DateTime WrittenAt
    {
        get
        {
            lock (_gate)
            {
                Refresh();
                return _read?.WrittenAt ?? default;
            }
        }
    }

    private void Refresh()
    {
        var file = new FileInfo(folder.Nodes);
        var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        if (seen == _read) return;
        try
        {
            var nodes = NodeRegistry.Load(folder).Nodes;
            _listed = [.. nodes.Where(node => node.Revoked is null).Select(node => node.Name)];
            _shutOut = [.. nodes.Where(node => node.Revoked is not null).Select(node => node.Name)];
            _revoked =
            [
                .. from node in nodes
                   from former in node.Former ?? []
                   where former.Revoked is not null
                   select former.Serial,
            ];
            _read = seen;
        }
        catch (Exception e) when (_read is not null && e is PicketException or IOException or UnauthorizedAccessException)
        {
            // Tried again the next time.
            return;
        }
    }
}
