using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// What a camera answers while its stream is opened on this thread, taken from libav's log: its error codes keep neither
/// the status nor where a redirect leads.
/// </summary>
internal sealed unsafe class RtspTranscript : IDisposable
{
    /// <summary>Four answers of some 300 bytes and an SDP of some 2,000 are usual; what is beyond is left out.</summary>
    private const int MaxBytes = 16 * 1024;

    // Native memory, since libav's callback may reach no managed object; and of the thread that opens, since all of its
    // lines are logged on that.
    [ThreadStatic]
    private static Lines* s_current;

    private readonly Lines* _lines = (Lines*)NativeMemory.AllocZeroed((nuint)sizeof(Lines));

    /// <summary>Begins to listen; one at a time on a thread.</summary>
    public RtspTranscript() => s_current = _lines;

    /// <summary>
    /// The lines: <c>line='...'</c> for each of an answer, <c>method X failed: ...</c> behind one that refuses, and the
    /// SDP as it came.
    /// </summary>
    public string Text => Encoding.Latin1.GetString(new ReadOnlySpan<byte>(_lines->Text, _lines->Length));

    /// <summary>Takes over libav's log for all of the process: what is no camera's answer goes nowhere.</summary>
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
            if (text[i] != start[i]) return false; // its terminating zero is no character of these
        return true;
    }

    private struct Lines
    {
        public int Length;
        public fixed byte Text[MaxBytes];
    }
}
