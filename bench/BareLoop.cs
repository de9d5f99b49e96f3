using Microsoft.Data.Sqlite;

namespace Picket.Bench;

/// <summary>The minimum for insert, read, ack and delete of a batch: prepared statements, a transaction each.</summary>
internal sealed class BareLoop : IDisposable
{
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _read;
    private readonly SqliteCommand _ack;
    private readonly SqliteCommand _delete;

    /// <param name="connection">Lent.</param>
    public BareLoop(SqliteConnection connection)
    {
        SqliteCommand Prepare(string sql, params string[] names)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var name in names) command.Parameters.AddWithValue(name, DBNull.Value);
            return command;
        }
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insert = Prepare("INSERT INTO outbox(id, prio, created, body) VALUES ($id, 1, $at, $body)", "$id", "$body", "$at");
        _read = Prepare("SELECT seq, id, body FROM outbox WHERE prio = 1 AND acked_at IS NULL AND seq > 0 ORDER BY seq LIMIT 500");
        _ack = Prepare("UPDATE outbox SET acked_at = $at WHERE id = $id AND acked_at IS NULL", "$id", "$at");
        _delete = Prepare(
            "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE prio = 1 AND acked_at <= $at LIMIT 1024)", "$at");
    }

    public void Cycle(int count, Func<int, byte[]> body)
    {
        InTransaction(() =>
        {
            for (var i = 0; i < count; i++)
            {
                _insert.Parameters[0].Value = Guid.CreateVersion7().ToByteArray(bigEndian: true);
                _insert.Parameters[1].Value = body(i);
                _insert.Parameters[2].Value = Now();
                _insert.ExecuteNonQuery();
            }
        });
        var rows = new List<(long Seq, byte[] Id, byte[] Body)>(count);
        using (var row = _read.ExecuteReader())
        {
            while (row.Read()) rows.Add((row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)));
        }
        InTransaction(() =>
        {
            foreach (var row in rows)
            {
                _ack.Parameters[0].Value = row.Id;
                _ack.Parameters[1].Value = Now();
                _ack.ExecuteNonQuery();
            }
        });
        _delete.Parameters[0].Value = Now();
        InTransaction(() => _delete.ExecuteNonQuery());
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _commit, _insert, _read, _ack, _delete]) command.Dispose();
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private void InTransaction(Action work)
    {
        _begin.ExecuteNonQuery();
        work();
        _commit.ExecuteNonQuery();
    }
}
