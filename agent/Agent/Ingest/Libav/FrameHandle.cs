using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Ingest.Libav;

/// <summary>A reusable AVFrame: references to the planes of one decoded picture.</summary>
internal sealed unsafe class FrameHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    // libavutil/frame.h, pixfmt.h
    private const int DisplayMatrixSideData = 6;
    private const int FlagCorrupt = 1;

    public FrameHandle() : base(ownsHandle: true)
    {
        SetHandle(AvUtil.AllocFrame());
        if (IsInvalid) throw new OutOfMemoryException("av_frame_alloc: out of memory");
    }

    public int Width => Int(LibavLayout.FrameWidth);

    /// <summary>Of the visible part.</summary>
    public int Height => Int(LibavLayout.FrameHeight);

    /// <summary>An AVPixelFormat; its number differs between versions, so look it up by name.</summary>
    public int Format => Int(LibavLayout.FrameFormat);

    /// <summary>An AVColorRange: 0 unspecified, 1 limited, 2 full.</summary>
    public int ColorRange => Int(LibavLayout.FrameColorRange);

    /// <summary>
    /// An AVColorSpace (ISO/IEC 23091-2 matrix coefficients): 1 BT.709, 2 unspecified, 5 and 6 BT.601.
    /// </summary>
    public int ColorSpace => Int(LibavLayout.FrameColorSpace);

    /// <summary>In time-base units of the stream, <see cref="LibavStream.NoTimestamp"/> when unknown.</summary>
    public long Timestamp => *(long*)(handle + LibavLayout.FrameBestEffortTimestamp);

    /// <summary>The decoder concealed damage.</summary>
    public bool Corrupt =>
        (Int(LibavLayout.FrameFlags) & FlagCorrupt) != 0 || Int(LibavLayout.FrameDecodeErrorFlags) != 0;

    /// <summary>
    /// The memory of plane <paramref name="index"/>, lent until the frame is used again; rows are <see cref="Stride"/>
    /// apart.
    /// </summary>
    public byte* Plane(int index) => ((byte**)handle)[index];

    /// <summary>In bytes; negative when the picture is upside down in memory.</summary>
    public int Stride(int index) => ((int*)(handle + LibavLayout.FrameStrides))[index];

    /// <summary>How to turn the picture for display, from its side data.</summary>
    public Orientation Orientation
    {
        get
        {
            var side = AvUtil.FrameSideData(this, DisplayMatrixSideData);
            return side == 0 ? Orientation.Upright : Orientation.FromMatrix(*(int**)(side + LibavLayout.SideContent));
        }
    }

    protected override bool ReleaseHandle()
    {
        AvUtil.FreeFrame(ref handle);
        return true;
    }

    private int Int(int offset) => *(int*)(handle + offset);
}
