namespace Picket.Center.Enroll;

/// <summary>Which of the site's certificates end soon. Nodes, broker and center get new ones by themselves, so everything reported
/// here is something that a person has to do.</summary>
internal static class Endings
{
    /// <summary>For a certificate that a person has to fetch, or that a node should have fetched 200 days ago: it leaves time for
    /// a visit.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromDays(60);

    /// <summary>A rotation waits for each node and each person.</summary>
    private static readonly TimeSpan AuthoritySoon = TimeSpan.FromDays(365);

    /// <summary>One line each, for an administrator.</summary>
    /// <exception cref="PicketException">A list or the authority can't be read.</exception>
    public static string[] Of(StateFolder folder, TimeProvider time) =>
        [.. OfAuthority(folder, time), .. OfPersons(folder, time), .. OfNodes(folder, time)];

    public static IEnumerable<string> OfPersons(StateFolder folder, TimeProvider time) =>
        from one in OperatorRegistry.Load(folder).Operators
        where one.Revoked is null && IsSoon(one.NotAfter, time)
        select $"operator {one.Name}: the certificate {Ends(one.NotAfter, time)}; issue another: "
            + $"picket-center operator add {one.Name} --renew";

    public static IEnumerable<string> OfNodes(StateFolder folder, TimeProvider time) =>
        from node in NodeRegistry.Load(folder).Nodes
        where node.Revoked is null && IsSoon(node.NotAfter, time)
        select $"node {node.Name}: the certificate {Ends(node.NotAfter, time)}, and the node has not fetched the next one; check that "
            + "it reaches the enrollment port, or sign by file: picket-center node sign --renew";

    private static IEnumerable<string> OfAuthority(StateFolder folder, TimeProvider time)
    {
        using var authorities = SiteAuthorities.Load(folder, time);
        if (authorities.Issuing.NotAfter - time.GetUtcNow() < AuthoritySoon)
            yield return $"the site's authority {Ends(authorities.Issuing.NotAfter, time)}; make a new one: picket-center ca rotate";
    }

    private static bool IsSoon(DateTimeOffset end, TimeProvider time) => end - time.GetUtcNow() < Soon;

    private static string Ends(DateTimeOffset end, TimeProvider time) =>
        $"{(end > time.GetUtcNow() ? "ends" : "ended")} on {end:yyyy-MM-dd}";
}
