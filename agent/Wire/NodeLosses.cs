namespace Picket.Wire;

/// <summary>What a node had to let go, so that nothing is missing unseen; each is declared by gap events as well.</summary>
/// <param name="EventsLeftOut">Lesser events (health, overtaken states, updates of reads) that were not written while the
/// disk took none, since the node started.</param>
/// <param name="CropsLeftOut">The same for pictures.</param>
/// <param name="EventsDeleted">Events that the disk budget had no room for before the center had them, since the outbox
/// was made.</param>
/// <param name="CropsDeleted">The same for pictures.</param>
/// <param name="DiskFailedSeconds">How long the disk took no events, all times since the node started together.</param>
public sealed record NodeLosses(
    long EventsLeftOut, long CropsLeftOut, long EventsDeleted, long CropsDeleted, long DiskFailedSeconds);
