namespace Picket.Tests.Support;

/// <summary>A test of the training recipe: skipped, with the reason, where what it needs is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TrainingFactAttribute : FactAttribute
{
    /// <summary>Debian's Python, the one that has Debian's modules.</summary>
    public const string Python = "/usr/bin/python3";

    private const string Modules = "/usr/lib/python3/dist-packages";

    public TrainingFactAttribute()
    {
        var isThere = File.Exists(Python) && Directory.Exists(Path.Combine(Modules, "torch"))
            && Directory.EnumerateFiles(Modules, "cv2*.so").Any();
        if (!isThere) Skip = "PyTorch or OpenCV for Python is missing; run packaging/setup.sh --training";
    }
}
