namespace Picket.Tests.Support;

/// <summary>Where things lie in the checkout the tests run from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Picket.slnx</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>The folder of real test data beside the checkout; absent on most machines.</summary>
    public static string SharedData { get; } = System.IO.Path.GetFullPath(
        System.IO.Path.Combine(Root, "..", "shared", "data"));

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public static string Shared(params string[] parts) => System.IO.Path.Combine([SharedData, .. parts]);

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Picket.slnx"))) return at.FullName;
        }
        throw new InvalidOperationException($"no Picket.slnx above {AppContext.BaseDirectory}");
    }
}
