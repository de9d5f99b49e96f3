using Picket.Agent.Detect;
using Picket.Agent.Recognize;

namespace Picket.Agent.Decide;

/// <summary>What has been read on one tracked plate up to one frame.</summary>
/// <param name="Read">The reading of all shots together.</param>
/// <param name="Shots">Shots read so far.</param>
/// <param name="Agreeing">Of these, how many gave that very text when read alone.</param>
/// <param name="Frame">The number of the frame that this reading came with.</param>
/// <param name="At">UTC of that frame.</param>
/// <param name="Time">Of that frame in the stream: steady, whatever happens to the wall clock.</param>
/// <param name="Place">The plate in pixels of the source picture.</param>
/// <param name="Listed">The list's entry that it matches, or null.</param>
internal readonly record struct PlateSighting(
    PlateRead Read, int Shots, int Agreeing, long Frame, DateTimeOffset At, TimeSpan Time, PlateDetection Place,
    PlateMatch? Listed)
{
    public string Text => Read.Text;
}
