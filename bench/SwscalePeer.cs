using System.Runtime.InteropServices;
using Picket.Agent.Imaging;

namespace Picket.Bench;

/// <summary>What one writes without fused kernels: swscale to RGB24, then a loop to padded planar floats.</summary>
internal sealed unsafe class SwscalePeer : IDisposable
{
    private const float Pad = 114 / 255f;
    private readonly LetterboxPlan _plan;
    private readonly Swscale _scaler;
    private readonly byte* _rgb;
    private readonly int _stride;

    public SwscalePeer(LetterboxPlan plan, int filter)
    {
        _plan = plan;
        _scaler = new Swscale(plan.SourceWidth, plan.SourceHeight, plan.ImageWidth, plan.ImageHeight, filter);
        _stride = ((3 * plan.ImageWidth) + 63) & ~63;
        _rgb = (byte*)NativeMemory.AlignedAlloc((nuint)(_stride * (plan.ImageHeight + 2)), 64);
    }

    public void Run(BenchFrame frame, float[] tensor)
    {
        fixed (byte* y = frame.Y, u = frame.U, v = frame.V)
        {
            _scaler.Scale(y, _plan.SourceWidth, u, v, _plan.SourceWidth / 2, _rgb, _stride);
        }

        fixed (float* output = tensor)
        {
            Normalize(output);
        }
    }

    public void Dispose()
    {
        _scaler.Dispose();
        NativeMemory.AlignedFree(_rgb);
    }

    private void Normalize(float* output)
    {
        int width = _plan.TargetWidth, plane = width * _plan.TargetHeight, above = _plan.ImageY * width;
        int end = above + (_plan.ImageHeight * width);
        for (int channel = 0; channel < 3; channel++)
        {
            new Span<float>(output + (channel * plane), above).Fill(Pad);
            new Span<float>(output + (channel * plane) + end, plane - end).Fill(Pad);
        }

        for (int j = 0; j < _plan.ImageHeight; j++)
        {
            byte* from = _rgb + ((long)j * _stride);
            float* to = output + above + (j * width);
            for (int x = 0; x < _plan.ImageWidth; x++)
            {
                to[x] = from[3 * x] * (1f / 255);
                to[x + plane] = from[(3 * x) + 1] * (1f / 255);
                to[x + (2 * plane)] = from[(3 * x) + 2] * (1f / 255);
            }
        }
    }
}
