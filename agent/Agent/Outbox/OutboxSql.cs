using Microsoft.Data.Sqlite;

namespace Picket.Agent.Outbox;

/// <summary>The few ways in which the outbox calls SQLite.</summary>
internal static class OutboxSql
{
    /// <summary>Prefix of the keys in the table meta that hold the last number of an epoch whose outbox was lost.</summary>
    public const string FormerEpoch = "former:";

    /// <summary>What a person can do about a file that can't be written right now.</summary>
    public static string Cure(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED =>
            "another program has it locked (a backup, an sqlite3 shell): stop that program",
        SQLitePCL.raw.SQLITE_READONLY => "make the disk writable, and give the folder to the account that picket runs as",
        SQLitePCL.raw.SQLITE_IOERR => "check the disk",
        _ => "free disk space, and give the folder to the account that picket runs as",
    };

    /// <summary>An id as stored: 16 bytes in network order, so that UUIDv7 sort by time.</summary>
    public static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    public static Guid Id(SqliteDataReader row, int column) => new(row.GetFieldValue<byte[]>(column), bigEndian: true);

    public static SqliteCommand Command(
        this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        return command;
    }

    /// <summary>Runs <paramref name="sql"/> and returns the number of rows changed.</summary>
    public static int Execute(
        this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using var command = connection.Command(sql, values);
        return command.ExecuteNonQuery();
    }

    public static long QueryNumber(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return Convert.ToInt64(command.ExecuteScalar() ?? 0L, System.Globalization.CultureInfo.InvariantCulture);
    }

    public static string QueryText(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return command.ExecuteScalar() as string ?? "";
    }

    public static Guid QueryId(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return new Guid((byte[])command.ExecuteScalar()!, bigEndian: true);
    }
}
