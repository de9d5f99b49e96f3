using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Picket.Agent.Imaging;

/// <summary>A zeroed array that starts on a 64-byte boundary (a cache line, a 512-bit register) and never moves; freed
/// by the garbage collector.</summary>
internal sealed class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;
    private readonly T[] _array;
    private readonly int _offset;

    public AlignedBuffer(int length)
    {
        var slack = Alignment / Unsafe.SizeOf<T>();
        Length = length;
        _array = GC.AllocateArray<T>(length + slack, pinned: true);
        nint misaligned = Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0) % Alignment;
        _offset = (int)((Alignment - misaligned) % Alignment) / Unsafe.SizeOf<T>();
    }

    public int Length { get; }
    public Span<T> Span => _array.AsSpan(_offset, Length);
}
