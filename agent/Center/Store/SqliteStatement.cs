using Microsoft.Data.Sqlite;

namespace Picket.Center.Store;

/// <summary>A statement that is compiled once and run for every row: with 500 events a batch, compiling was half the
/// work.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteCommand _command;

    /// <param name="sql">With parameters ?1, ?2, ...</param>
    public SqliteStatement(SqliteConnection connection, string sql, int parameters)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        for (var i = 1; i <= parameters; i++) _command.Parameters.Add(new SqliteParameter($"?{i}", DBNull.Value));
    }

    /// <summary>How many rows changed.</summary>
    public int Execute(SqliteTransaction? transaction, params ReadOnlySpan<object?> values)
    {
        Bind(transaction, values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>Whether there is a row.</summary>
    public bool HasRow(SqliteTransaction? transaction, params ReadOnlySpan<object?> values)
    {
        Bind(transaction, values);
        return _command.ExecuteScalar() is not null;
    }

    public void Dispose() => _command.Dispose();

    private void Bind(SqliteTransaction? transaction, ReadOnlySpan<object?> values)
    {
        _command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++) _command.Parameters[i].Value = values[i] ?? DBNull.Value;
    }
}
