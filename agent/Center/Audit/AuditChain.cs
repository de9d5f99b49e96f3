namespace Picket.Center.Audit;

/// <summary>Checks an audit log from its first line to its last.</summary>
internal static class AuditChain
{
    /// <summary>Reads <paramref name="log"/> to its end, a line at a time.</summary>
    /// <param name="head">A hash that somebody noted earlier and that must be in it, or null.</param>
    public static AuditReport Verify(Stream log, string? head)
    {
        var (end, found) = (new AuditHead(0, AuditLine.Nothing), head is null);
        DateTimeOffset? first = null, last = null;
        AuditHead? after = null;
        AuditReport Stopped(string fault) => new(end, first, last, fault, found, after);
        foreach (var (text, whole) in Lines(log))
        {
            var number = end.Count + 1;
            if (!whole && text.Length <= AuditLine.MaxBytes)
                return Stopped($"line {number} is unfinished (a power cut?); the center removes it with its next entry");
            if (AuditLine.Read(text, out var error) is not { } line) return Stopped($"line {number} {error}");
            // A file that was started because the previous one was gone: its first line continues that one's count and chain.
            if (first is null && line.Entry.Did == AuditAct.Begin && line.Number > 1)
            {
                end = new AuditHead(line.Number - 1, line.Previous);
                (after, number) = (end, line.Number);
                found |= line.Previous == head;
            }
            if (line.Previous != end.Hash)
                return Stopped($"line {number} does not follow line {end.Count}: one was taken out, put in or changed");
            if (line.Number != number) return Stopped($"line {number} calls itself {line.Number}");
            end = new AuditHead(number, line.Hash);
            first ??= line.At;
            last = line.At;
            found |= line.Hash == head;
        }
        return new AuditReport(end, first, last, null, found, after);
    }

    /// <summary>The lines without their breaks, and whether each had one; anything longer than a line can be is cut.</summary>
    private static IEnumerable<(byte[] Text, bool Whole)> Lines(Stream log)
    {
        using var reader = new BufferedStream(log, 64 * 1024);
        var line = new MemoryStream();
        for (var next = reader.ReadByte(); next >= 0; next = reader.ReadByte())
        {
            if (next == '\n')
            {
                yield return (line.ToArray(), true);
                line.SetLength(0);
            }
            else
            {
                line.WriteByte((byte)next);
                if (line.Length <= AuditLine.MaxBytes) continue;
                yield return (line.ToArray(), false);
                yield break;
            }
        }
        if (line.Length > 0) yield return (line.ToArray(), false);
    }
}

/// <summary>What a check of the whole log found.</summary>
/// <param name="Head">The end of the part that is in order.</param>
/// <param name="Fault">The first thing that is not in order, with its line; null if everything is.</param>
/// <param name="HeadFound">Whether the head that was asked for is in the chain; true if none was asked for.</param>
/// <param name="After">The end of an earlier log that this file continues and does not contain; null for a whole one.</param>
internal sealed record AuditReport(
    AuditHead Head, DateTimeOffset? First, DateTimeOffset? Last, string? Fault, bool HeadFound, AuditHead? After);
