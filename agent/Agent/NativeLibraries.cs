using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Picket.Agent;

/// <summary>
/// Finds the native libraries this program calls, by the names of their shared objects; the one resolver of the
/// assembly.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>
    /// The generations of FFmpeg whose layout is known (7, 6, 5), newest first: the major version of libavformat and
    /// libavcodec; libavutil's is two less.
    /// </summary>
    private static readonly int[] LibavMajors = [61, 60, 59];

    private static readonly Lazy<int?> LibavMajor = new(FindLibavMajor);

    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Loads the library that <paramref name="name"/> stands for in a <c>LibraryImport</c>.</summary>
    /// <returns>Its handle, or 0 for a name that is not in the table (the runtime then looks itself).</returns>
    /// <exception cref="PicketException">The library is not installed (exit code <see cref="ExitCode.PartMissing"/>);
    /// the message names the Debian package.</exception>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        "avformat" => Libav("libavformat", 0, "libavformat59"),
        "avcodec" => Libav("libavcodec", 0, "libavcodec59"),
        "avutil" => Libav("libavutil", -2, "libavutil57"),
        "turbojpeg" => Load("libturbojpeg.so.0", "libturbojpeg0"),
        _ => 0,
    };

    /// <summary>Those that are not installed, of all that decoding and pictures need.</summary>
    public static IReadOnlyList<NativeLibraryPackage> Missing() =>
        Missing(name => NativeLibrary.TryLoad(name, out _), LibavMajor.Value ?? LibavMajors[^1]);

    /// <param name="loads">Whether the library of that name can be loaded.</param>
    internal static IReadOnlyList<NativeLibraryPackage> Missing(Func<string, bool> loads, int libavMajor)
    {
        NativeLibraryPackage[] needed =
        [
            new($"libavformat.so.{libavMajor}", $"libavformat{libavMajor}"),
            new($"libavcodec.so.{libavMajor}", $"libavcodec{libavMajor}"),
            new($"libavutil.so.{libavMajor - 2}", $"libavutil{libavMajor - 2}"),
            new("libturbojpeg.so.0", "libturbojpeg0"),
        ];
        return [.. needed.Where(library => !loads(library.Name))];
    }

    // The three libraries must be of one generation, so libavformat's decides for all.
    private static nint Libav(string name, int distance, string package) =>
        Load($"{name}.so.{(LibavMajor.Value ?? LibavMajors[^1]) + distance}", package);

    private static int? FindLibavMajor()
    {
        foreach (var major in LibavMajors)
            if (NativeLibrary.TryLoad($"libavformat.so.{major}", out _)) return major;
        return null;
    }

    internal static nint Load(string soname, string package) =>
        NativeLibrary.TryLoad(soname, out var handle)
            ? handle
            : throw new PicketException(
                $"the library {soname} is missing; install it: apt-get install {package}", ExitCode.PartMissing);
}

