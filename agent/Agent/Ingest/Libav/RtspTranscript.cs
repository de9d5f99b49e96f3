using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// What a camera answers while its stream is opened on this thread, taken from libav's log: its error codes preserve neither the status nor
/// a redirect's target.
/// </summary>
internal sealed unsafe class RtspTranscript : IDisposable
{
    /// <summary>Four answers of some 300 bytes and an SDP of some 2,000 are usual; anything beyond is dropped.</summary>
    private const int MaxBytes = 16 * 1024;

    // Native memory, since libav's callback must not touch a managed object; and per opening thread, since all of its lines are logged on
    // it.
    [ThreadStatic]
    private static Lines* s_current;

    private readonly Lines* _lines = (Lines*)NativeMemory.AllocZeroed((nuint)sizeof(Lines));

    /// <summary>Starts listening; one at a time per thread.</summary>
    public RtspTranscript() => s_current = _lines;

    /// <summary>
    /// The lines: <c>line='...'</c> for each line of an answer, <c>method X failed: ...</c> after one that refuses, and the SDP as
    /// received.
    /// </summary>
    public string Text => Encoding.Latin1.GetString(new ReadOnlySpan<byte>(_lines->Text, _lines->Length));

    /// <summary>Takes over libav's log for the whole process: anything but a camera's answer is discarded.</summary>
    public static void TakeLog() =>
        AvUtil.LogSetCallback((nint)(delegate* unmanaged[Cdecl]<nint, int, byte*, nint, void>)&OnLog);

    public void Dispose()
    {
        s_current = null;
        NativeMemory.Free(_lines);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint context, int level, byte* format, nint arguments)
    {
        var lines = s_current;
        if (lines == null || format == null) return;
        if (!Begins(format, "line='"u8) && !Begins(format, "method "u8) && !Begins(format, "SDP:"u8)
            && !Begins(format, "Nonmatching"u8))
            return;
        var room = MaxBytes - lines->Length;
        if (room < 2) return;
        var withPrefix = 0;
        var length = AvUtil.LogFormatLine(
            context, level, format, arguments, lines->Text + lines->Length, room, &withPrefix);
        if (length > 0) lines->Length += Math.Min(length, room - 1);
    }

    private static bool Begins(byte* text, ReadOnlySpan<byte> start)
    {
        for (var i = 0; i < start.Length; i++)
            if (text[i] != start[i]) return false; // its terminating zero is none of these characters
        return true;
    }

    private struct Lines
    {
        public int Length;
        public fixed byte Text[MaxBytes];
    }
}
