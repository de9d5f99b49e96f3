using System.Globalization;
using Picket.Agent.Outbox;
using Picket.Wire;

namespace Picket.Faults.Node;

/// <summary>Makes events as a node with four cameras does: passages of listed people and vehicles with updates and
/// ends, some with a picture, cameras that fall and come back, health. Which and in which order is the seed's.</summary>
/// <param name="run">Of the node, counted by the supervisor: stands in every event, so that no two of a site are
/// alike, and a message that is stored under two ids would be found.</param>
internal sealed class EventGenerator(int seed, int run, TimeProvider time)
{
    private const int Cameras = 4;
    private const int MaxOpenPassages = 12;

    private readonly Random _dice = new(HashCode.Combine(seed, run));
    private readonly List<Passage> _open = [];
    private int _serial;

    public EventDraft Next() => _dice.Next(100) switch
    {
        < 4 => CameraState(),
        < 6 => Health(),
        _ => PassageEvent(),
    };

    /// <summary>Ends a passage that the last run of the node began.</summary>
    public EventDraft EndCut(EventEnvelope last)
    {
        var mark = Mark();
        return new EventDraft
        {
            Camera = last.Camera,
            At = time.GetUtcNow(),
            Kind = last.Kind,
            Passage = last.Passage,
            Phase = PassagePhase.End,
            Rev = last.Rev + 1,
            Body = last.Body with
            {
                Face = last.Body.Face is { } face ? face with { Reason = "restart", List = mark } : null,
                Plate = last.Body.Plate is { } plate ? plate with { Reason = "restart", Format = mark } : null,
            },
        };
    }

    private EventDraft PassageEvent()
    {
        if (_open.Count == 0 || (_open.Count < MaxOpenPassages && _dice.Next(3) == 0))
        {
            var kind = _dice.Next(10) switch
            {
                < 3 => EventKind.FaceMatch,
                < 4 => EventKind.PlateHit,
                _ => EventKind.PlateRead,
            };
            _open.Add(new Passage(Guid.CreateVersion7(), kind, Camera()));
            return Event(_open[^1], PassagePhase.New);
        }
        var passage = _open[_dice.Next(_open.Count)];
        if (_dice.Next(2) == 0) return Event(passage, PassagePhase.Update);
        _open.Remove(passage);
        return Event(passage, PassagePhase.End);
    }

    private EventDraft Event(Passage passage, PassagePhase phase)
    {
        var at = time.GetUtcNow();
        var crop = phase == PassagePhase.New && _dice.Next(8) == 0 ? Picture() : null;
        return new EventDraft
        {
            Camera = passage.Camera,
            At = at,
            Kind = passage.Kind,
            Passage = passage.Id,
            Phase = phase,
            Rev = passage.Rev++,
            Body = passage.Kind == EventKind.FaceMatch ? Face(at, phase, crop) : Plate(passage, phase, crop),
            Crop = crop,
        };
    }

    private EventBody Face(DateTimeOffset at, PassagePhase phase, OutboxCrop? crop) => new()
    {
        Face = new FaceMatchBody(
            "person-7", Mark(), 0.625f, 0.5f, _serial, at, [100, 50, 80, 96], 0.875f, 3, crop?.Id,
            phase == PassagePhase.End ? "left" : null),
    };

    private EventBody Plate(Passage passage, PassagePhase phase, OutboxCrop? crop) => new()
    {
        Plate = new PlateReadBody(
            "LEB4821", 0.97f, [0.99f, 0.99f, 0.98f, 0.99f, 1, 1, 0.99f], 1, [10, 20, 80, 20],
            [10, 20, 90, 20, 90, 40, 10, 40], _serial, 3, ["plate-detect 1.0.0", "plate-read 1.0.0"], Mark(), "pk",
            Crop: crop?.Id, Reason: phase == PassagePhase.End ? "left" : null),
        Hit = passage.Kind == EventKind.PlateHit
            ? new PlateHitBody(
                "stolen", "0123456789ab", "case 4711", "LEB4821", "exact", 0.97f, 0.33f, 0.0001, passage.Id)
            : null,
    };

    private EventDraft CameraState() => new()
    {
        Camera = Camera(),
        At = time.GetUtcNow(),
        Kind = _dice.Next(2) == 0 ? EventKind.CameraDown : EventKind.CameraUp,
        Body = new EventBody { CameraState = new CameraStateBody($"no packet for 10 s; check the cable ({Mark()})") },
    };

    private EventDraft Health() => new()
    {
        At = time.GetUtcNow(),
        Kind = EventKind.NodeHealth,
        Body = new EventBody
        {
            Health = new NodeHealthBody(60, 1, [new CameraHealth(Mark(), Up: true, 1500, 3, 700, 25)]),
        },
    };

    /// <summary>2 to 24 kB, as face crops are; the bytes are the dice's.</summary>
    private OutboxCrop Picture()
    {
        var jpeg = new byte[_dice.Next(2_000, 24_000)];
        _dice.NextBytes(jpeg);
        // The center takes nothing else for a picture.
        (jpeg[0], jpeg[1], jpeg[2], jpeg[^2], jpeg[^1]) = (0xFF, 0xD8, 0xFF, 0xFF, 0xD9);
        return new OutboxCrop(Guid.CreateVersion7(), jpeg);
    }

    private string Camera() => string.Create(CultureInfo.InvariantCulture, $"camera-{_dice.Next(Cameras)}");

    private string Mark() => string.Create(CultureInfo.InvariantCulture, $"run {run} event {++_serial}");

    private sealed class Passage(Guid id, EventKind kind, string camera)
    {
        public Guid Id => id;

        public EventKind Kind => kind;

        public string Camera => camera;

        public int Rev { get; set; }
    }
}
