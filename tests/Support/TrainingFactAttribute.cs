namespace Picket.Tests.Support;

/// <summary>A test of the training recipe: skipped, with the reason, where a module of Python that it needs is not installed.</summary>
/// <param name="modules">Modules that only <c>packaging/setup.sh --training</c> installs.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TrainingFactAttribute : FactAttribute
{
    /// <summary>Debian's Python, the one that has Debian's modules.</summary>
    public const string Python = "/usr/bin/python3";

    private const string Folder = "/usr/lib/python3/dist-packages";

    public TrainingFactAttribute(params string[] modules)
    {
        var missing = modules.Where(module => !IsThere(module)).ToArray();
        if (missing.Length > 0) Skip = $"Python's {string.Join(", ", missing)} is missing; run packaging/setup.sh --training";
    }

    /// <summary>A module is a folder or one native file.</summary>
    private static bool IsThere(string module) =>
        Directory.Exists(Folder)
        && (Directory.Exists(Path.Combine(Folder, module)) || Directory.EnumerateFiles(Folder, module + "*.so").Any());
}
