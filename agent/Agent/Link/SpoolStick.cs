using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>A folder in which signed files are carried, and what this node has written there before: that is found out from
/// the files, so that another stick, or one whose files are gone, gets everything. Used by one thread.</summary>
/// <param name="node">This node's name; other nodes' files on the same stick are left alone.</param>
internal sealed class SpoolStick(string folder, string node, SpoolSignature signature)
{
    /// <summary>Left free: a nearly full file system is slow, and the acks must fit on it for the way back.</summary>
    private const long ReserveBytes = 1024 * 1024;

    /// <summary>A stick with more files of this node than this, 16 MB each or a quarter of an hour, has been forgotten
    /// for 100 days: what is in the others may be written twice, which the center does not mind.</summary>
    public const int MaxFiles = 10_000;

    private readonly Dictionary<string, long> _files = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _ids = [];

    public string Folder => folder;

    /// <summary>Bytes that may still be written.</summary>
    /// <exception cref="IOException">The folder is gone.</exception>
    public long Room => new DriveInfo(folder).AvailableFreeSpace - ReserveBytes;

    /// <summary>True if the event, or the whole crop, is in one of the files.</summary>
    public bool Has(Guid id) => _ids.Contains(id);

    /// <summary>Reads the files that were not there before or, if one is gone, all of them.</summary>
    /// <returns>True if they are different from last time.</returns>
    /// <exception cref="IOException">The folder can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public bool Look()
    {
        var now = Directory.EnumerateFiles(folder, $"{node}-*{SpoolFile.EventsExtension}").Take(MaxFiles)
            .ToDictionary(path => path, LengthOf, StringComparer.Ordinal);
        var isGone = _files.Any(file => !now.TryGetValue(file.Key, out var length) || length != file.Value);
        if (isGone)
        {
            _files.Clear();
            _ids.Clear();
        }
        foreach (var (path, length) in now)
        {
            if (_files.TryAdd(path, length)) Learn(path);
        }
        return isGone;
    }

    /// <summary>A file was written here.</summary>
    public void Add(string path, IEnumerable<Guid> ids)
    {
        _files[path] = new FileInfo(path).Length;
        _ids.UnionWith(ids);
    }

    /// <summary>-1 for what can't be queried, such as a link that leads nowhere.</summary>
    private static long LengthOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }

    private static SpoolFile? TryOpen(string path)
    {
        try
        {
            return SpoolFile.TryOpen(path, out _);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A file that is damaged, unreadable, not a file at all, or signed by somebody else counts as empty: at worst an event
    /// is written twice.</summary>
    private void Learn(string path)
    {
        using var file = TryOpen(path);
        if (file is null || file.Header.Node != node || !signature.IsFrom(file, node)) return;
        foreach (var line in file.Lines)
        {
            if (line.Kind == SpoolLineKind.Event && WireJson.TryReadHeader(line.Message.Span, out _) is { } header)
                _ids.Add(header.Id);
            else if (line.Kind == SpoolLineKind.Crop
                && WireJson.TryReadChunk(line.Message.Span, out _) is { } chunk && chunk.Index == chunk.Count - 1)
                _ids.Add(chunk.Id);
        }
    }
}
