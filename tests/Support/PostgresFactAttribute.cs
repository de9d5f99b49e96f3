namespace Picket.Tests.Support;

/// <summary>A test against a real PostgreSQL: skipped, with the reason, where that is not installed, except in CI,
/// where it must run. Its class belongs to the collection <see cref="PostgresTests"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresTests.SkipReason ?? Needed.Broker;
}
