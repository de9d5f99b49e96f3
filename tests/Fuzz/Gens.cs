using FsCheck;
using FsCheck.Fluent;
using Picket.Wire;

namespace Picket.Tests.Fuzz;

/// <summary>Valid values, from small ones to those at the limits.</summary>
internal static class Gens
{
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-";

    private static readonly string[] Pieces =
    [
        "Ann Example", "", "O'Neil \"Q\"", "Łukasz Żółć", "اسماء", "𝄞", "\0", "\n", "\u001b[2J", "\u202e", "\\",
        "<b>", "a,b", "🚗", "=1+1",
    ];

    public static Gen<string> Name { get; } =
        from first in Gen.Elements(NameCharacters[..^1].ToCharArray())
        from rest in Gen.Elements(NameCharacters.ToCharArray()).ListOf().Select(list => list.Take(62))
        select first + string.Concat(rest);

    /// <summary>What people and cameras are called by others: anything.</summary>
    public static Gen<string> Text { get; } = Gen.Elements(Pieces).ListOf().Select(pieces => string.Concat(pieces.Take(8)));

    public static Gen<Guid> Id { get; } = Gen.Choose(0, 255).ArrayOf(16)
        .Select(bytes => new Guid([.. bytes.Select(b => (byte)b)]))
        .Where(id => id != Guid.Empty);

    public static Gen<string> Plate { get; } = Gen.Elements("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".ToCharArray())
        .NonEmptyListOf().Select(list => string.Concat(list.Take(PlateReadBody.MaxCharacters)));

    public static Gen<DateTimeOffset> Moment { get; } =
        from days in Gen.Choose(0, 3_652_058) // 0001-01-01 to 9999-12-31
        from milliseconds in Gen.Choose(0, 86_399_999)
        select DateTimeOffset.MinValue.AddDays(days).AddMilliseconds(milliseconds);

    /// <summary>Up to the largest that the wire takes.</summary>
    public static Gen<long> Count { get; } = Gen.OneOf(
        Gen.Choose(1, 1000).Select(i => (long)i), Gen.Elements(1L, int.MaxValue, 1L << 39, 1_000_000_000_000));

    public static Gen<float> Share { get; } = Gen.Choose(0, 1000).Select(i => i / 1000f);

    private static readonly Gen<float> Pixel = Gen.OneOf(
        Gen.Choose(-10, 4000).Select(i => i / 4f), Gen.Elements(0f, -0f, float.MaxValue, float.Epsilon, 1e-20f, 16_777_217f));

    private static readonly Gen<FaceMatchBody> Face =
        from person in Text
        from similarity in Share
        from frame in Count
        from at in Moment
        from box in Pixel.ArrayOf(4)
        from crop in Optional(Id)
        select new FaceMatchBody(person, "staff", similarity, 0.5f, frame, at, box, 0.9f, 3, crop);

    private static readonly Gen<PlateReadBody> Read =
        from text in Plate
        from characters in Share.ArrayOf(text.Length)
        from box in Pixel.ArrayOf(4)
        from corners in Pixel.ArrayOf(8)
        from frame in Count
        from others in (from other in Plate from share in Share select new PlateCandidate(other, share)).ListOf()
        from crop in Optional(Id)
        select new PlateReadBody(
            text, 0.969f, characters, 1, box, corners, frame, 2, ["a", "b"],
            Candidates: others.Count == 0 ? null : [.. others.Take(PlateReadBody.MaxCandidates)], Crop: crop);

    private static readonly Gen<CameraHealth> Camera =
        from name in Name
        from frames in Count
        select new CameraHealth(name, true, frames, 0, frames, 25);

    private static readonly Gen<(EventKind Kind, EventBody Body)> Matter = Gen.OneOf(
        Face.Select(face => (EventKind.FaceMatch, new EventBody { Face = face })),
        Read.Select(read => (EventKind.PlateRead, new EventBody { Plate = read })),
        from read in Read
        from list in Text
        from score in Share
        from id in Id
        select (EventKind.PlateHit, new EventBody
        {
            Plate = read,
            Hit = new PlateHitBody(list, "0123456789ab", list, read.Text, "exact", score, 0.5f, 1e-4, id, 3),
        }),
        Text.Select(why => (EventKind.CameraDown, new EventBody { CameraState = new CameraStateBody(why, 1.5) })),
        Camera.ListOf().Select(cameras => (
            EventKind.NodeHealth, new EventBody { Health = new NodeHealthBody(1.25, 3, [.. cameras.Take(16)]) })),
        from list in Text
        from entries in Gen.Choose(0, 100_000)
        from copy in Gen.Elements(false, true)
        select (EventKind.ListApplied, new EventBody
        {
            List = new ListAppliedBody(list, ListAppliedBody.Plates, "0123456789ab", entries, copy ? "it is empty" : null, copy),
        }),
        from epoch in Id
        from first in Gen.Choose(1, 1000)
        from more in Gen.Choose(0, 1000)
        from why in Text
        select (EventKind.NodeGap, new EventBody { Gap = new NodeGapBody(epoch, first, first + more, more + 1, why) }));

    /// <summary>As a node may send them.</summary>
    public static Gen<EventEnvelope> Event { get; } =
        from node in Name
        from camera in Gen.OneOf(Gen.Constant<string?>(null), Name.Select(name => (string?)name))
        from id in Id
        from epoch in Id
        from passage in Id
        from phase in Gen.Elements(PassagePhase.New, PassagePhase.Update, PassagePhase.End)
        from seq in Count
        from mono in Count
        from at in Moment
        from rev in Gen.Choose(0, int.MaxValue)
        from matter in Matter
        let isPassage = matter.Kind is EventKind.FaceMatch or EventKind.PlateRead or EventKind.PlateHit
        select new EventEnvelope
        {
            Id = id,
            Node = node,
            Camera = camera,
            Epoch = epoch,
            Seq = seq,
            At = at,
            Mono = mono,
            Kind = matter.Kind,
            Passage = isPassage ? passage : null,
            Phase = isPassage ? phase : null,
            Rev = rev,
            Body = matter.Body,
        };

    public static Gen<T?> Optional<T>(Gen<T> values)
        where T : struct => Gen.OneOf(Gen.Constant<T?>(null), values.Select(value => (T?)value));
}
