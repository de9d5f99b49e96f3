namespace Picket.Agent.Recognize;

/// <summary>One plate's time on a track: most tracks see one; a vehicle that takes another one's place is a second.</summary>
/// <param name="Read">Of all shots together.</param>
/// <param name="Agreeing">Shots that gave that very text when read alone.</param>
/// <param name="BestScore">The detector's.</param>
/// <param name="From">When it was seen first, since the start of the stream.</param>
/// <param name="To">When it was seen last.</param>
/// <param name="BestFrame">The frame of its best shot.</param>
internal readonly record struct PlateStay(
    PlateRead Read, int Agreeing, float BestScore, TimeSpan From, TimeSpan To, long BestFrame);
