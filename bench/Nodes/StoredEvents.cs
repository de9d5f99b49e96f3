using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Picket.Bench.Nodes;

/// <summary>What the center's database says, read with plain SQL beside it.</summary>
internal sealed class StoredEvents(string sqlitePath, string? postgres)
{
    public string Kind => postgres is null ? "SQLite" : "PostgreSQL";

    public HashSet<Guid> Ids()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM message";
        using var reader = command.ExecuteReader();
        var ids = new HashSet<Guid>();
        while (reader.Read())
            ids.Add(reader.GetValue(0) is byte[] bytes ? new Guid(bytes, bigEndian: true) : reader.GetGuid(0));
        return ids;
    }

    public long Count(string table)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private DbConnection Open()
    {
        DbConnection connection = postgres is null
            ? new SqliteConnection($"Data Source={sqlitePath};Pooling=False;Mode=ReadOnly")
            : new NpgsqlConnection(postgres + ";Pooling=false");
        connection.Open();
        return connection;
    }
}
