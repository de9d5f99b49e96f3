using Microsoft.Data.Sqlite;

namespace Picket.Agent.Outbox;

/// <summary>Marks, from outside the node, which may be running, what the center has stored: the only change that two processes may make,
/// each in short transactions.</summary>
internal static class OutboxAcks
{
    /// <returns>How many were newly marked.</returns>
    /// <exception cref="PicketException">There is no outbox, or it can't be written.</exception>
    public static int Mark(string folder, IEnumerable<Guid[]> lists, TimeProvider time)
    {
        var path = Path.Combine(folder, OutboxFile.Name);
        if (!File.Exists(path)) throw new PicketException($"{path}: no outbox there; check the state folder");
        StateOwner.Require(folder);
        try
        {
            using var connection = new SqliteConnection($"Data Source={path};Mode=ReadWrite;Pooling=False");
            connection.Open();
            connection.Execute("PRAGMA synchronous = FULL");
            return lists.Sum(ids => Mark(connection, ids, time.GetUtcNow().ToUnixTimeMilliseconds()));
        }
        catch (SqliteException e)
        {
            throw new PicketException($"{path}: can't be written ({e.Message}); {OutboxSql.Cure(e)}", inner: e);
        }
    }

    private static int Mark(SqliteConnection connection, Guid[] ids, long now)
    {
        using var transaction = connection.BeginTransaction();
        var marked = 0;
        foreach (var table in (string[])["outbox", "crop"])
        {
            using var update = connection.Command(
                $"UPDATE {table} SET acked_at = $at WHERE id = $id AND acked_at IS NULL", ("$at", now), ("$id", now));
            foreach (var id in ids)
            {
                update.Parameters[1].Value = OutboxSql.Bytes(id);
                marked += update.ExecuteNonQuery();
            }
        }
        transaction.Commit();
        return marked;
    }
}
