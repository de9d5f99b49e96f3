namespace Picket.Tests.Support;

/// <summary>Makes what lies in a folder like a file and is none.</summary>
internal static class SpecialFile
{
    /// <summary>A named pipe that nobody writes to: who opens it plainly waits for ever.</summary>
    public static async Task PipeAsync(string path) => await ExternalProgram.OutputOfAsync("/usr/bin/mkfifo", path);

    public static void DanglingLink(string path) => File.CreateSymbolicLink(path, path + ".gone");
}
