using System.CommandLine;
using Picket.Center.Store;

namespace Picket.Center.Cli;

/// <summary>The options that name a PostgreSQL database; without them the center uses the SQLite file in the state
/// folder.</summary>
internal sealed record DatabaseOptions(Option<string?> Text, Option<string?> File)
{
    public static DatabaseOptions Create() => new(
        new Option<string?>("--database")
        {
            Description = "A PostgreSQL database instead of the SQLite file in the folder, without a password.",
            HelpName = "Host=...;Database=...;Username=...",
        },
        new Option<string?>("--database-file")
        {
            Description = "A file of mode 0600 with the same text, which may contain a password.",
            HelpName = "FILE",
        });

    /// <summary>Null for SQLite.</summary>
    /// <exception cref="PicketException">The options can't be used.</exception>
    public PostgresAddress? Read(ParseResult parsed) => (parsed.GetValue(Text), parsed.GetValue(File)) switch
    {
        (null, null) => null,
        ({ } text, null) => PostgresAddress.Parse(text),
        (null, { } path) => PostgresAddress.Read(path),
        _ => throw new PicketException(
            "--database and --database-file both name a database; give only one of them", ExitCode.BadUsage),
    };
}
