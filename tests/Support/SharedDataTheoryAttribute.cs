namespace Picket.Tests.Support;

/// <summary>
/// A theory that needs the real test data of <c>../shared/data</c>; skipped, saying so, where that folder is absent.
/// </summary>
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute()
    {
        if (!Directory.Exists(Repository.SharedData)) Skip = "../shared/data is not here";
    }
}
