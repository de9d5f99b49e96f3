using System.Numerics.Tensors;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>
/// What is known of one tracked face: its best shots, and another face that may have taken its place. Lives only in
/// memory and ends with the track.
/// </summary>
/// <param name="dimensions">Length of an embedding.</param>
/// <param name="samePerson">The cosine from which two looks count as the same person's.</param>
internal sealed class FaceTrack(int dimensions, float samePerson)
{
    /// <summary>Looks this far apart no longer make one decision: by then a turned head is back, or another one is
    /// there.</summary>
    private static readonly TimeSpan AgreeWithin = TimeSpan.FromSeconds(5);

    /// <summary>After being lost for longer than a few looks at a node's usual rate, whoever is found may be someone
    /// else.</summary>
    private static readonly TimeSpan Away = TimeSpan.FromMilliseconds(500);

    public BestShot Shots;
    private FaceTemplate _own = new(dimensions);
    private FaceTemplate _other = new(dimensions);
    private TimeSpan _seen;
    private FaceMatch _lone = FaceMatch.None;
    private TimeSpan _loneAt;
    private int _matched = -1;

    /// <summary>Looks at the face that is there now.</summary>
    public int Looks { get; private set; }

    /// <summary>The face was found in the frame at <paramref name="time"/>.</summary>
    public void Seen(TimeSpan time)
    {
        if (Looks > 0 && time - _seen > Away) Shots.Hurry();
        _seen = time;
    }

    /// <summary>Takes in a look and returns what is known with it. Allocates nothing.</summary>
    /// <remarks>
    /// A person is reported when the fused template matches, or when two looks close in time each match the same
    /// person: what spoils the template can't silence them. A look at a face unlike the template is kept apart; when
    /// the next one agrees with it, another person has taken the place.
    /// </remarks>
    /// <param name="embedding">Of length 1; lent.</param>
    /// <param name="quality">0..1, more than 0.</param>
    public FaceFinding Take(ReadOnlySpan<float> embedding, float quality, FaceList list, TimeSpan time)
    {
        Looks++;
        var threshold = list.ThresholdAfter(Looks);
        var alone = list.Gallery.Search(embedding);
        var isNear = alone.Similarity >= threshold;
        var agreed = isNear && alone.Person == _lone.Person && time - _loneAt <= AgreeWithin;
        if (isNear) (_lone, _loneAt) = (alone, time);

        var isAnother = false;
        if (IsOwn(embedding, alone))
        {
            _own.Add(embedding, quality);
            _other.Clear();
        }
        else
        {
            AddToOther(embedding, quality);
            Shots.Hurry();
            isAnother = _other.Shots >= 2 && (agreed || _other.BestQuality >= _own.BestQuality / 2);
            if (!isAnother) return new FaceFinding(FaceMatch.None, threshold, 0, false);
            ChangePlaces();
            threshold = list.ThresholdAfter(Looks);
        }
        var match = list.Gallery.Search(_own.Embedding);
        if (match.Similarity < threshold && isNear)
        {
            if (agreed) match = alone;
            else Shots.Hurry();
        }
        if (match.Similarity >= threshold) _matched = match.Person;
        return new FaceFinding(match, threshold, _own.Shots, isAnother);
    }

    /// <summary>
    /// The look is at the face being followed: it resembles the template, and no less than it resembles another's; or
    /// it resembles the enrolled pictures of the person it was found to be.
    /// </summary>
    private bool IsOwn(ReadOnlySpan<float> embedding, in FaceMatch alone)
    {
        if (_own.Shots == 0) return true;
        if (_matched >= 0 && alone.Person == _matched && alone.Similarity >= samePerson) return true;
        var own = TensorPrimitives.Dot(embedding, _own.Embedding);
        return own >= samePerson && (_other.Shots == 0 || own >= TensorPrimitives.Dot(embedding, _other.Embedding));
    }

    private void AddToOther(ReadOnlySpan<float> embedding, float quality)
    {
        if (TensorPrimitives.Dot(embedding, _other.Embedding) < samePerson) _other.Clear();
        _other.Add(embedding, quality);
    }

    private void ChangePlaces()
    {
        (_own, _other) = (_other, _own);
        _other.Clear();
        Looks = _own.Shots;
        _matched = -1;
        Shots.Forget(_own.BestQuality);
    }
}

/// <summary>What a look at a tracked face found.</summary>
/// <param name="Match">The list's nearest person; nobody while it is in doubt whose face it is.</param>
/// <param name="Threshold">The cosine from which it counts as that person, after this many looks.</param>
/// <param name="Shots">Number of fused shots.</param>
/// <param name="IsAnother">The track shows a different face than before.</param>
internal readonly record struct FaceFinding(FaceMatch Match, float Threshold, int Shots, bool IsAnother);
