namespace Picket.Tests.Support;

/// <summary>A folder of its own for one test, removed at the end.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("picket-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        // A center whose whole state is this folder keeps a mark beside it.
        if (Directory.Exists(Path + ".mark")) Directory.Delete(Path + ".mark", recursive: true);
    }
}
