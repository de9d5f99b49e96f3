using System.Globalization;
using Picket.Center.Enroll;

namespace Picket.Center.Audit;

/// <summary>A file in another folder that records where the log ended: whoever removes, cuts or replaces the log has to find
/// this one as well.</summary>
/// <param name="lasting">Whether it is outside of the state folder, so that a state folder that is restored from a backup does
/// not bring back the old one.</param>
internal sealed class AuditMark(string path, bool lasting)
{
    public string Path => path;

    /// <summary>The outer one exists only if its folder could be made, and is written only for changes: a look at a picture
    /// gives nobody a right.</summary>
    public bool IsLasting => lasting;

    /// <summary>What it says; null if there is none, or nothing that can be read.</summary>
    public AuditPlace? Read()
    {
        string text;
        try
        {
            if (!File.Exists(path)) return null;
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        return text.TrimEnd('\n').Split(' ') is [var count, var hash, var length]
            && hash.Length == AuditLine.Nothing.Length
            && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var lines)
            && long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                ? new AuditPlace(new AuditHead(lines, hash), bytes)
                : null;
    }

    /// <exception cref="PicketException">It can't be written.</exception>
    public void Write(AuditPlace place)
    {
        if (lasting && !Directory.Exists(System.IO.Path.GetDirectoryName(path))) return;
        PrivateFiles.Write(path, string.Create(
            CultureInfo.InvariantCulture, $"{place.Head.Count} {place.Head.Hash} {place.Length}\n"));
    }
}
