using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Picket.Agent.Outbox;

/// <summary>Knows since when the wall clock has run without a jump forward, so that a corrected clock does not expire everything at once.
/// Used inside transactions of the writer's thread.</summary>
/// <remarks>Between two checks the wall clock may advance by as much as the monotonic clock plus a day; a node that was off for longer
/// counts as a jump, which keeps rows too long rather than not long enough.</remarks>
internal sealed class WallClockWatch(SqliteConnection connection, TimeProvider time)
{
    /// <summary>Up to this it is not a jump: time zones and a long weekend's drift are far below.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <summary>An hour is negligible compared with the tolerance, and an idle node should not write every minute.</summary>
    private static readonly TimeSpan NoteInterval = TimeSpan.FromHours(1);

    private DateTimeOffset _noted = Load(connection, "wall_seen") ?? DateTimeOffset.MinValue;
    private DateTimeOffset _seen = Load(connection, "wall_seen") ?? time.GetUtcNow();
    private DateTimeOffset _steadySince = Load(connection, "wall_steady_since") ?? DateTimeOffset.MinValue;
    private long _looked = time.GetTimestamp();

    /// <summary>Checks the clock; returns the time of its last jump forward.</summary>
    public DateTimeOffset SteadySince()
    {
        var now = time.GetUtcNow();
        var elapsed = time.GetElapsedTime(_looked);
        _looked = time.GetTimestamp();
        // A jump recorded in the future came from a clock that has been set back since.
        if (now - _seen > elapsed + Tolerance || _steadySince > now + Tolerance)
        {
            _steadySince = now;
            Store("wall_steady_since", now);
        }
        _seen = now;
        if ((now - _noted).Duration() >= NoteInterval)
        {
            _noted = now;
            Store("wall_seen", now);
        }
        return _steadySince;
    }

    private static DateTimeOffset? Load(SqliteConnection connection, string key)
    {
        using var command = connection.Command("SELECT value FROM meta WHERE key = $key", ("$key", key));
        return command.ExecuteScalar() is { } value
            ? DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(value, CultureInfo.InvariantCulture))
            : null;
    }

    private void Store(string key, DateTimeOffset at) =>
        connection.Execute(
            "INSERT INTO meta VALUES ($key, $at) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            ("$key", key), ("$at", at.ToUnixTimeMilliseconds()));
}
