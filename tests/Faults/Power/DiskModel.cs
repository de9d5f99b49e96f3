namespace Picket.Faults.Power;

/// <summary>What a disk may hold after the power went: what was synced is there; of what was written since, any part may
/// be, in any order, cut at any sector; a file that was made or deleted may be there or not until its folder was
/// synced.</summary>
/// <remarks>The model of SQLite's own documents (sqlite.org/atomiccommit.html, "Hardware Assumptions") with the weaker
/// assumption that a sector is written whole but nothing else is. A file's length is taken as part of its
/// writes.</remarks>
internal sealed class DiskModel
{
    /// <summary>The least that a disk writes at once.</summary>
    private const int SectorBytes = 512;

    private readonly Dictionary<string, byte[]> _durable = [];
    private readonly Dictionary<string, List<FileChange>> _pending = [];
    private readonly HashSet<string> _unsyncedNames = [];
    private readonly Dictionary<string, byte[]> _unsyncedDeletes = [];

    /// <summary>Writes that are not synced yet.</summary>
    public int Pending => _pending.Values.Sum(p => p.Count);

    public void Apply(FileChange change)
    {
        switch (change.Kind)
        {
            case FileChangeKind.Create:
                if (_durable.ContainsKey(change.File)) break;
                _durable[change.File] = [];
                _pending[change.File] = [];
                _unsyncedNames.Add(change.File);
                break;
            case FileChangeKind.Write or FileChangeKind.SetLength:
                _pending[change.File].Add(change);
                break;
            case FileChangeKind.Sync when change.File.Length == 0:
                _unsyncedNames.Clear();
                _unsyncedDeletes.Clear();
                break;
            case FileChangeKind.Sync:
                _durable[change.File] = Written(_durable[change.File], _pending[change.File]);
                _pending[change.File].Clear();
                break;
            case FileChangeKind.Delete:
                if (!_durable.Remove(change.File, out var content)) break;
                if (!_unsyncedNames.Remove(change.File))
                    _unsyncedDeletes[change.File] = Written(content, _pending[change.File]);
                _pending.Remove(change.File);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }
    }

    /// <summary>With the first <paramref name="count"/> of the writes that are not synced, and all names.</summary>
    public Dictionary<string, byte[]> WithFirst(int count)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var (name, durable) in _durable)
        {
            var taken = _pending[name].Take(count).ToList();
            count -= taken.Count;
            files[name] = Written(durable, taken);
        }
        return files;
    }

    /// <summary>With a part of what is not synced that the dice choose.</summary>
    public Dictionary<string, byte[]> WithSome(Random dice)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var (name, durable) in _durable)
        {
            if (_unsyncedNames.Contains(name) && dice.Next(4) == 0) continue;
            var share = dice.NextDouble();
            var taken = _pending[name].Where(_ => dice.NextDouble() < share)
                .Select(change => Torn(change, dice)).ToList();
            files[name] = Written(durable, taken);
        }
        foreach (var (name, content) in _unsyncedDeletes)
        {
            if (dice.Next(2) == 0) files.TryAdd(name, content);
        }
        return files;
    }

    /// <summary>In one of three cases only some sectors of the write.</summary>
    private static FileChange Torn(FileChange change, Random dice)
    {
        if (change.Kind != FileChangeKind.Write || change.Bytes.Length <= SectorBytes || dice.Next(3) != 0)
            return change;
        // Up to a sector's end in the file, not in the write.
        var sectors = dice.Next(1, change.Bytes.Length / SectorBytes + 1);
        var length = (int)(((change.Offset / SectorBytes) + sectors) * SectorBytes - change.Offset);
        return change with { Bytes = change.Bytes[..Math.Clamp(length, 0, change.Bytes.Length)] };
    }

    private static byte[] Written(byte[] content, List<FileChange> changes)
    {
        if (changes.Count == 0) return content;
        using var file = new MemoryStream();
        file.Write(content);
        foreach (var change in changes)
        {
            if (change.Kind == FileChangeKind.SetLength)
            {
                file.SetLength(change.Offset);
                continue;
            }
            file.Position = change.Offset;
            file.Write(change.Bytes);
        }
        return file.ToArray();
    }
}
