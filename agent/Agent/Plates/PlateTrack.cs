using Picket.Agent.Ingest;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates;

/// <summary>What is known of one tracked plate; lives only in memory and ends with the track.</summary>
internal sealed class PlateTrack
{
    /// <summary>A shot from a frame in which the decoder concealed damage counts half.</summary>
    private const float DamagedWorth = 0.5f;

    private readonly PlateVote _vote = new();
    private float _bestScore;
    private float _bestQuality;
    private long _bestFrame;
    private TimeSpan _from;
    private TimeSpan _to;
    private bool _isFound;

    /// <summary>Shots kept.</summary>
    public int Shots => _vote.Shots;

    /// <summary>The plate that is there now.</summary>
    public PlateStay Stay => new(_vote.Read, _vote.Agreeing, _bestScore, _from, _to, _bestFrame);

    /// <summary>The plate was found in the frame; returns whether it should be read there.</summary>
    /// <param name="quality">What that shot is worth; pass it to <see cref="Take"/>.</param>
    public bool Wants(PlateReader reader, Frame frame, in PlateDetection place, out float quality)
    {
        if (!_isFound) (_from, _isFound) = (frame.Time, true);
        _to = frame.Time;
        _bestScore = MathF.Max(_bestScore, place.Box.Score);
        quality = reader.Rate(frame.Planes, place) * (frame.Corrupt ? DamagedWorth : 1);
        return _vote.Wants(quality, frame.Time);
    }

    /// <summary>The plate was not found where it was expected.</summary>
    public void LostSight() => _vote.LostSight();

    /// <summary>Takes in the shot that the reader has just looked at.</summary>
    /// <param name="index">Among the plates of the reader's last look.</param>
    /// <param name="read">What the shot reads by itself.</param>
    /// <returns>The previous plate if this is a different one; otherwise null.</returns>
    public PlateStay? Take(
        PlateReader reader, PlateGrammar grammar, Frame frame, int index, in PlateDetection place, PlateRead read,
        float quality)
    {
        var before = Stay;
        var another = _vote.Add(reader.Output(index), read, quality, place.Box.Width, frame.Time, frame.Corrupt);
        if (another) (_bestScore, _bestQuality, _from) = (place.Box.Score, 0, frame.Time);
        if (quality > _bestQuality) (_bestQuality, _bestFrame) = (quality, frame.Number);
        reader.Decode(_vote, grammar);
        return another ? before : null;
    }
}

/// <summary>One plate's time on a track: most tracks see one; a vehicle that takes another's place is a
/// second.</summary>
/// <param name="Read">Of all shots together.</param>
/// <param name="Agreeing">Shots that gave exactly this text when read alone.</param>
/// <param name="BestScore">The detector's.</param>
/// <param name="From">When it was first seen, since the start of the stream.</param>
/// <param name="To">When it was last seen.</param>
/// <param name="BestFrame">The frame of its best shot.</param>
internal readonly record struct PlateStay(
    PlateRead Read, int Agreeing, float BestScore, TimeSpan From, TimeSpan To, long BestFrame);
