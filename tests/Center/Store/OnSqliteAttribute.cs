using System.Reflection;
using Xunit.Sdk;

namespace Picket.Tests.Center.Store;

/// <summary>Runs a theory on a SQLite database: the argument is false.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnSqliteAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[false]];
}
