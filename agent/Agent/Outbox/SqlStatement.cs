using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Picket.Agent.Outbox;

/// <summary>A prepared statement without ADO.NET, whose overhead equals the insert of a small row. Used by one thread, inside a
/// transaction.</summary>
internal sealed class SqlStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    /// <param name="connection">Lent; must stay open longer than this.</param>
    public SqlStatement(SqliteConnection connection, string sql)
    {
        _connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_connection, sql, out _statement));
    }

    /// <summary>Binds the next parameter.</summary>
    public SqlStatement With(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    /// <inheritdoc cref="With(long)"/>
    public SqlStatement With(long? value)
    {
        if (value is { } number) return With(number);
        Check(raw.sqlite3_bind_null(_statement, ++_bound));
        return this;
    }

    /// <inheritdoc cref="With(long)"/>
    public SqlStatement With(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return With(bytes);
    }

    /// <summary>Binds the next parameter to a copy of <paramref name="blob"/>.</summary>
    public SqlStatement With(ReadOnlySpan<byte> blob)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_bound, blob));
        return this;
    }

    /// <summary>Runs with the bound parameters; returns the number of rows changed.</summary>
    /// <exception cref="SqliteException">SQLite refused.</exception>
    public int Run()
    {
        _bound = 0;
        var code = raw.sqlite3_step(_statement);
        // It returns the same code again.
        _ = raw.sqlite3_reset(_statement);
        if (code != raw.SQLITE_DONE) Check(code);
        return raw.sqlite3_changes(_connection);
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code == raw.SQLITE_OK) return;
        _bound = 0;
        throw new SqliteException(
            $"SQLite Error {code & 0xFF}: '{raw.sqlite3_errmsg(_connection).utf8_to_string()}'.", code & 0xFF, code);
    }
}
