namespace Picket.Tests.Support;

/// <summary>
/// A fact that needs the real test data of <c>../shared/data</c>; skipped, saying so, where that folder is absent.
/// </summary>
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute()
    {
        if (!Directory.Exists(Repository.SharedData)) Skip = "../shared/data is not here";
    }
}
