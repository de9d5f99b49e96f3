using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Ingest.Libav;

/// <summary>An opened decoder (AVCodecContext), single-threaded: many cameras share the cores.</summary>
internal sealed class CodecContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private CodecContextHandle() : base(ownsHandle: true) { }

    /// <summary>
    /// Opens <paramref name="decoder"/> (an AVCodec) with the stream's <paramref name="parameters"/> (an
    /// AVCodecParameters, or 0).
    /// </summary>
    /// <returns>0 and the handle, or a negative AVERROR and null.</returns>
    public static int Open(nint decoder, nint parameters, out CodecContextHandle? opened)
    {
        var handle = new CodecContextHandle();
        handle.SetHandle(AvCodec.AllocContext(decoder));
        if (handle.IsInvalid) throw new OutOfMemoryException("avcodec_alloc_context3: out of memory");
        var result = parameters == 0 ? 0 : AvCodec.ParametersToContext(handle, parameters);
        if (result >= 0)
        {
            using var options = new OptionDictionary(new()
            {
                ["threads"] = "1",
                ["max_pixels"] = $"{PictureLimits.Pixels}", // refused before the decoder allocates
            });
            result = AvCodec.Open(handle, decoder, ref options.Native);
        }
        opened = result >= 0 ? handle : null;
        if (result < 0) handle.Dispose();
        return result;
    }

    protected override bool ReleaseHandle()
    {
        AvCodec.FreeContext(ref handle);
        return true;
    }
}
