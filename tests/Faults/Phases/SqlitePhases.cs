using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Picket.Faults.Phases;

/// <summary>Announces the commits of every SQLite connection of this process: <c>commit+</c> before SQLite works at a
/// COMMIT, <c>commit-</c> after it; with how many events were inserted and how many acks marked in it.</summary>
/// <remarks>By SQLite's own tracing (sqlite.org/c3ref/trace_v2.html), put on each new connection by an automatic
/// extension: the program under test is not changed for it, and does not wait for anything.</remarks>
internal static unsafe partial class SqlitePhases
{
    private const uint TraceStatement = 1;
    private const uint TraceProfile = 2;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<nint, (int Events, int Acks)> Open = [];
    private static Announcer? s_announcer;

    /// <summary>For all connections opened from now on.</summary>
    public static void Install(Announcer announcer)
    {
        s_announcer = announcer;
        var code = sqlite3_auto_extension((nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, int>)&OnOpened);
        if (code != 0) throw new InvalidOperationException($"sqlite3_auto_extension: {code}");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnOpened(nint connection, nint error, nint routines) =>
        sqlite3_trace_v2(
            connection, TraceStatement | TraceProfile,
            (nint)(delegate* unmanaged[Cdecl]<uint, nint, nint, nint, int>)&OnTrace, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnTrace(uint what, nint context, nint statement, nint text)
    {
        var sql = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(
            (byte*)(what == TraceStatement ? text : sqlite3_sql(statement)));
        var connection = sqlite3_db_handle(statement);
        if (what == TraceStatement) Begin(connection, sql);
        else if (sql.StartsWith("COMMIT"u8)) Say("commit-", connection);
        return 0;
    }

    private static void Begin(nint connection, ReadOnlySpan<byte> sql)
    {
        if (sql.StartsWith("COMMIT"u8)) Say("commit+", connection);
        else if (sql.StartsWith("BEGIN"u8)) Count(connection, -1, 0);
        else if (sql.StartsWith("INSERT INTO outbox("u8) || sql.StartsWith("INSERT INTO message("u8))
            Count(connection, 1, 0);
        else if (sql.StartsWith("UPDATE outbox SET acked_at"u8)) Count(connection, 0, 1);
    }

    /// <param name="events">-1 for a new transaction.</param>
    private static void Count(nint connection, int events, int acks)
    {
        lock (Gate)
        {
            var (e, a) = Open.GetValueOrDefault(connection);
            Open[connection] = events < 0 ? (0, 0) : (e + events, a + acks);
        }
    }

    private static void Say(string word, nint connection)
    {
        (int Events, int Acks) counts;
        lock (Gate) counts = Open.GetValueOrDefault(connection);
        if (counts != default) s_announcer?.Say(word, counts.Events, counts.Acks);
    }

    // The library that SQLitePCLRaw brings: the same file, so the same copy in memory.
    [LibraryImport("e_sqlite3")]
    private static partial int sqlite3_auto_extension(nint entryPoint);

    [LibraryImport("e_sqlite3")]
    private static partial int sqlite3_trace_v2(nint connection, uint mask, nint callback, nint context);

    [LibraryImport("e_sqlite3")]
    private static partial nint sqlite3_sql(nint statement);

    [LibraryImport("e_sqlite3")]
    private static partial nint sqlite3_db_handle(nint statement);
}
