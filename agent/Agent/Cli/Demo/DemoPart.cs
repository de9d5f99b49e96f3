namespace Picket.Agent.Cli.Demo;

/// <summary>A part of the demo's site that can be made to fail.</summary>
internal enum DemoPart
{
    Node,
    Broker,
    Center,
    Cameras,
}
