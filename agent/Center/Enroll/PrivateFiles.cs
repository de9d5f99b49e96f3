using System.Text;

namespace Picket.Center.Enroll;

/// <summary>Files that only their owner may read, replaced as a whole: a reader sees the old text or the new one, even
/// after a power cut.</summary>
internal static class PrivateFiles
{
    public const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode FolderMode0700 = FileMode0600 | UnixFileMode.UserExecute;

    /// <summary>Makes the folder with mode 0700; one that already exists is left as it is, because it may be
    /// shared.</summary>
    /// <exception cref="PicketException">It can't be made.</exception>
    public static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path, FolderMode0700);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"folder {path}: can't be made ({e.Message.TrimEnd('.')}); name a folder that you may write",
                inner: e);
        }
    }

    /// <summary>True if the file exists, can be read and holds exactly this.</summary>
    public static bool Holds(string path, string text)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path) == text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // whatever is there instead is replaced, or can't be, which is said then
        }
    }

    /// <summary>Writes <paramref name="text"/> as UTF-8 with mode 0600, by a synced temporary file and a
    /// rename.</summary>
    /// <exception cref="PicketException">It can't be written.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>As <see cref="Write(string, string)"/>, for bytes.</summary>
    /// <exception cref="PicketException">It can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        try
        {
            File.Delete(temporary);
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = FileMode0600,
            }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            // The file's own sync after the rename makes the name last as well: journaling file systems write both with the
            // same transaction. A certificate that was handed out must not be unknown after a power cut.
            using var moved = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(moved);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"file {path}: can't be written ({e.Message.TrimEnd('.')}); check the disk and the folder's owner",
                inner: e);
        }
    }
}
