using System.Reflection;
using Picket.Tests.Support;
using Xunit.Sdk;

namespace Picket.Tests.Center.Store;

/// <summary>Runs a theory on a PostgreSQL database: the argument is true. Skipped, with the reason, where there is no
/// PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnPostgresAttribute : DataAttribute
{
    public OnPostgresAttribute() => Skip = PostgresTests.SkipReason;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[true]];
}
