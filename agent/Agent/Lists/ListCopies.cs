namespace Picket.Agent.Lists;

/// <summary>
/// Copies of the last usable lists, in a state folder that only the node's user can access: used when a list is missing or damaged. A list
/// that the configuration no longer names leaves none behind.
/// </summary>
internal sealed class ListCopies(string stateFolder)
{
    /// <summary>10,000 people with two pictures each are 41 MB of embeddings; eight lists of plates 128 MB.</summary>
    public const int MaxBytes = 64 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Path.Combine(stateFolder, "lists");

    /// <summary>Keeps <paramref name="content"/> as the list's last good copy, replacing the previous one.</summary>
    /// <exception cref="IOException">The disk is full or not writable; the previous copy stays.</exception>
    public void Keep(string name, ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxBytes) throw new IOException($"a copy of {content.Length} bytes is too large; at most {MaxBytes} are kept");
        Directory.CreateDirectory(_folder, OwnerOnly | UnixFileMode.UserExecute);
        var partial = FileOf(name) + ".partial";
        File.Delete(partial);
        using (var file = new FileStream(partial, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, FileOf(name), overwrite: true);
    }

    /// <summary>The last good copy, or null.</summary>
    /// <exception cref="IOException">There is one, but it can't be read.</exception>
    public byte[]? Read(string name) =>
        File.Exists(FileOf(name)) ? BoundedFile.ReadBytes(FileOf(name), MaxBytes) : null;

    /// <summary>Removes the copy.</summary>
    /// <exception cref="IOException">The disk is not writable.</exception>
    public void Forget(string name)
    {
        if (File.Exists(FileOf(name))) File.Delete(FileOf(name));
    }

    /// <summary>Removes all copies except those in <paramref name="names"/>.</summary>
    /// <exception cref="IOException">The disk is not writable.</exception>
    public void KeepOnly(IReadOnlyCollection<string> names)
    {
        if (!Directory.Exists(_folder)) return;
        foreach (var file in Directory.GetFiles(_folder))
            if (!names.Contains(Path.GetFileName(file))) File.Delete(file);
    }

    public string FileOf(string name) => Path.Combine(_folder, name);
}
