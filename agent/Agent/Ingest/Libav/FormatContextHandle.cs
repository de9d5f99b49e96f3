using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// An opened AVFormatContext with its interrupt: every blocking call into it ends soon after the deadline or
/// <see cref="Interrupt"/>.
/// </summary>
/// <remarks>Disposing closes the connection or file, within <see cref="CloseTime"/>.</remarks>
internal sealed unsafe class FormatContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Closing sends TEARDOWN to a camera; one that does not accept it is abandoned after this time.</summary>
    private static readonly TimeSpan CloseTime = TimeSpan.FromMilliseconds(300);

    // Native memory, since libav's callback must not touch a managed object.
    private readonly InterruptState* _interrupt;

    private FormatContextHandle(InterruptState* interrupt) : base(ownsHandle: true) => _interrupt = interrupt;

    /// <summary>
    /// The deadline passed or <see cref="Interrupt"/> was called during a call: its result is meaningless, and no further call may be made.
    /// </summary>
    public bool Interrupted => Volatile.Read(ref _interrupt->Fired) != 0;

    /// <summary>
    /// Opens <paramref name="url"/>. Takes <paramref name="options"/> (demuxer and protocol options by name).
    /// </summary>
    /// <param name="url">As libavformat takes it.</param>
    /// <param name="oneConnection">
    /// Allows only one connection, to the host of <paramref name="url"/>: libavformat follows RTSP redirects by itself, to any host, with
    /// the same user and password.
    /// </param>
    /// <param name="timeLimit">For opening as a whole.</param>
    /// <param name="error">0, or the AVERROR; meaningless when <paramref name="interrupted"/>.</param>
    /// <returns>The handle, or null when opening failed.</returns>
    public static FormatContextHandle? Open(
        string url, Dictionary<string, string> options, bool oneConnection, TimeSpan timeLimit,
        CancellationToken cancel, out int error, out bool interrupted)
    {
        var state = (InterruptState*)NativeMemory.AllocZeroed((nuint)sizeof(InterruptState));
        var handle = new FormatContextHandle(state);
        handle.SetDeadline(timeLimit);
        var context = AvFormat.AllocContext();
        if (context == 0) throw new OutOfMemoryException("avformat_alloc_context: out of memory");
        var callback = (nint*)(context + LibavLayout.FormatInterruptCallback);
        callback[0] = (nint)(delegate* unmanaged[Cdecl]<InterruptState*, int>)&OnInterrupt;
        callback[1] = (nint)state;
        handle.SetHandle(context);
        if (oneConnection) state->Connecting = context;

        using var registration = cancel.UnsafeRegister(static h => ((FormatContextHandle)h!).Interrupt(), handle);
        using var dictionary = new OptionDictionary(options);
        error = AvFormat.OpenInput(ref context, url, 0, ref dictionary.Native);
        interrupted = handle.Interrupted;
        if (error >= 0 && !interrupted) return handle;
        registration.Dispose();
        handle.SetHandle(context); // 0 when opening failed: libav has freed it
        if (context == 0) handle.FreeState();
        handle.Dispose();
        return null;
    }

    /// <summary>
    /// From now on, calls may take <paramref name="limit"/> in total, until this is called again.
    /// </summary>
    public void SetDeadline(TimeSpan limit) => Volatile.Write(
        ref _interrupt->Deadline,
        Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency));

    /// <summary>Ends a running call soon, from any thread; don't call it after the handle is disposed.</summary>
    public void Interrupt() => Volatile.Write(ref _interrupt->Cancelled, 1);

    /// <summary>The AVStream at <paramref name="index"/>, lent by the context.</summary>
    public nint Stream(int index)
    {
        var count = *(uint*)(handle + LibavLayout.FormatStreamCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, count);
        return (*(nint**)(handle + LibavLayout.FormatStreams))[index];
    }

    protected override bool ReleaseHandle()
    {
        if (!Interrupted) SetDeadline(CloseTime);
        AvFormat.CloseInput(ref handle);
        FreeState();
        return true;
    }

    private void FreeState() => NativeMemory.Free(_interrupt);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnInterrupt(InterruptState* state)
    {
        if (state->Connecting != 0) ForbidFurther(state);
        var goOn = Volatile.Read(ref state->Cancelled) == 0
            && Stopwatch.GetTimestamp() < Volatile.Read(ref state->Deadline);
        if (goOn) return 0;
        Volatile.Write(ref state->Fired, 1);
        return 1;
    }

    // libavformat asks whether to continue while its first connection is being made, before a byte is sent over it. From then on no
    // protocol is allowed anymore, so that a further connection is refused before its host is looked up.
    private static void ForbidFurther(InterruptState* state)
    {
        fixed (byte* option = "protocol_whitelist"u8, none = "none"u8)
        {
            if (AvUtil.OptSet(state->Connecting, option, none, 0) < 0) Volatile.Write(ref state->Cancelled, 1);
        }
        state->Connecting = 0;
    }

    private struct InterruptState
    {
        /// <summary>The AVFormatContext that may make one connection, until it does; then 0.</summary>
        public nint Connecting;
        public long Deadline;
        public int Cancelled;
        public int Fired;
    }
}
