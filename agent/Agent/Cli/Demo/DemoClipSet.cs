namespace Picket.Agent.Cli.Demo;

/// <summary>What the demo's three cameras show, who is on its list, and the truth of it.</summary>
/// <param name="FranckH264">A person on the list, 9 s in the picture and 3 s out of it, in turn.</param>
/// <param name="StrangerH264">A person who is not on the list, all the time.</param>
/// <param name="VehiclesH265">Drawn vehicles with plates, one after the other.</param>
/// <param name="GalleryFolder">Holds <c>franck/1.jpg</c> to <c>5.jpg</c>, from a part of the film that the camera does
/// not show.</param>
/// <param name="FranckPresences">The passages in one loop of <paramref name="FranckH264"/>.</param>
/// <param name="VehiclePresences">The passages in one loop of <paramref name="VehiclesH265"/>: from the vehicle's
/// appearance until its plate has left the picture.</param>
internal sealed record DemoClipSet(
    DemoClip FranckH264,
    DemoClip StrangerH264,
    DemoClip VehiclesH265,
    string GalleryFolder,
    IReadOnlyList<DemoPresence> FranckPresences,
    IReadOnlyList<DemoPresence> VehiclePresences);
