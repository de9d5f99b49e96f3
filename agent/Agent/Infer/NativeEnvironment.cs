using System.Runtime.InteropServices;

namespace Picket.Agent.Infer;

/// <summary>
/// The process's environment as native libraries see it; the framework's own setter only changes a managed copy.
/// </summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable for native code; call before that code starts threads that read it.</summary>
    /// <exception cref="PicketException">The C library refused.</exception>
    public static void Set(string name, string value)
    {
        // setenv(3): 0, or -1 with errno EINVAL (bad name) or ENOMEM.
        if (SetEnv(name, value, 1) != 0)
            throw new PicketException(
                $"can't set {name} for native libraries: errno {Marshal.GetLastPInvokeError()}; "
                    + "set it before starting picket");
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
