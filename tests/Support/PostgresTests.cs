namespace Picket.Tests.Support;

/// <summary>The tests that share a PostgreSQL server.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";

    /// <summary>Why tests are skipped, or null; in CI they must run.</summary>
    public static string? SkipReason { get; } = PostgresServer.Programs is null && !Needed.IsCi
        ? "no PostgreSQL under /usr/lib/postgresql; install the package postgresql"
        : null;
}
