using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Picket.Wire;

/// <summary>Opens files that somebody else may have put where they are: anything that is not a file (a pipe, a device, a folder,
/// a socket) is refused at once and never waited for.</summary>
public static partial class ForeignFile
{
    private const int ReadOnly = 0x80000 | 0x800; // O_RDONLY, O_CLOEXEC, O_NONBLOCK: a pipe would wait for its writer

    private const int NoSuchFile = 2; // ENOENT
    private const int NotPermitted = 1; // EPERM
    private const int NoAccess = 13; // EACCES
    private const int TooManyLinks = 40; // ELOOP

    /// <summary>O_NOFOLLOW, the only flag here that differs between machines.</summary>
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>Opens a file for reading, unbuffered.</summary>
    /// <param name="followLink">False where nobody would put a link on purpose, such as on a stick: it would lead off
    /// it.</param>
    /// <exception cref="IOException">It isn't there, can't be read or is not a file; the message doesn't name the
    /// path.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not read it.</exception>
    public static FileStream OpenRead(string path, bool followLink = true)
    {
        var handle = new SafeFileHandle(Open(path, ReadOnly | (followLink ? 0 : NoFollow)), ownsHandle: true);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw error switch
            {
                NoSuchFile => new FileNotFoundException("no such file"),
                NotPermitted or NoAccess => new UnauthorizedAccessException("this account may not read it"),
                TooManyLinks => new IOException("it is a link, not a file"),
                _ => new IOException(Marshal.GetPInvokeErrorMessage(error)),
            };
        }
        if (Fault(FileStatus.Of(handle)) is not { } fault)
            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        handle.Dispose();
        throw new IOException(fault);
    }

    private static string? Fault(FileStatus? status) => status?.Kind switch
    {
        FileStatus.File => null,
        FileStatus.Pipe => "it is a pipe, not a file",
        FileStatus.CharacterDevice or FileStatus.BlockDevice => "it is a device, not a file",
        FileStatus.Folder => "it is a folder, not a file",
        FileStatus.Socket => "it is a socket, not a file",
        _ => "it is no file",
    };

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Open(string path, int flags);
}
