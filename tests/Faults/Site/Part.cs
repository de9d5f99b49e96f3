namespace Picket.Faults.Site;

/// <summary>A program that can be killed.</summary>
internal enum Part
{
    Node,
    Broker,
    Center,
    Postgres,
}
