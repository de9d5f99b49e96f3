using System.Runtime.InteropServices;

namespace Picket.Host;

/// <summary>
/// Standard output as the system provides it. .NET's own silently drops what is written once the reader is gone, so a
/// program would go on for nobody.
/// </summary>
public sealed unsafe partial class StandardOutput : Stream
{
    private const int Descriptor = 1;
    private const int Interrupted = 4, TryAgain = 11; // EINTR, EAGAIN
    private const short CanBeWritten = 4; // POLLOUT

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Writes all of it.</summary>
    /// <exception cref="OutputException">Nobody reads it.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written;
            fixed (byte* bytes = buffer) written = WriteTo(Descriptor, bytes, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            var error = Marshal.GetLastPInvokeError();
            if (error == TryAgain) // whoever gave us the pipe made it one that does not wait
            {
                var one = new PollOne { Descriptor = Descriptor, Events = CanBeWritten };
                _ = Poll(&one, 1, -1); // however it ends, the write says what is the matter
            }
            else if (error != Interrupted)
                throw new OutputException(error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <returns>The number of bytes written, or -1 with errno.</returns>
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteTo(int descriptor, byte* bytes, nint count);

    /// <returns>How many are ready, or -1.</returns>
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollOne* descriptors, nuint count, int milliseconds);

    private struct PollOne
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}

/// <summary>Standard output accepts no more: its reader is gone, or its target is full.</summary>
/// <param name="error">The errno of the write.</param>
public sealed class OutputException(int error)
    : IOException($"standard output can't be written: {Marshal.GetPInvokeErrorMessage(error)}")
{
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>Nobody listens any more (<c>picket ... | head -1</c>): not a fault, and nothing to report.</summary>
    public bool IsReaderGone => error == BrokenPipe;
}
