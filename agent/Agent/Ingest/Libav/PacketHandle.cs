using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Ingest.Libav;

/// <summary>A reusable AVPacket: compressed bytes of one picture.</summary>
internal sealed unsafe class PacketHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public PacketHandle() : base(ownsHandle: true)
    {
        SetHandle(AvCodec.AllocPacket());
        if (IsInvalid) throw new OutOfMemoryException("av_packet_alloc: out of memory");
    }

    public int StreamIndex => *(int*)(handle + LibavLayout.PacketStreamIndex);

    /// <summary>In bytes.</summary>
    public int Size => *(int*)(handle + LibavLayout.PacketSize);

    /// <summary>It arrived shorter than the container says, or damaged (AV_PKT_FLAG_CORRUPT).</summary>
    public bool IsCut => (*(int*)(handle + LibavLayout.PacketFlags) & 2) != 0;

    /// <summary>The bytes, lent until the packet is used again.</summary>
    public Span<byte> Content => new(*(byte**)(handle + LibavLayout.PacketContent), Size);

    protected override bool ReleaseHandle()
    {
        AvCodec.FreePacket(ref handle);
        return true;
    }
}
