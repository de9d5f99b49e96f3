using Picket.Agent.Link;

namespace Picket.Tests.Agent.Link;

public sealed class SetAsideTests
{
    private readonly SetAside _aside = new();
    private readonly Guid[] _ids = [.. Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7())];

    [Fact]
    public void ReleaseSoon_StoodStill_GoSixteenAtATimeInOrderAndOnce()
    {
        foreach (var id in _ids) _aside.Add(id, isStill: true);

        Assert.True(_aside.ReleaseSoon());
        Assert.Equal(_ids[16..], _ids.Where(_aside.Has));
        Assert.True(_aside.ReleaseSoon() && _aside.ReleaseSoon());
        Assert.False(_aside.ReleaseSoon());
        // Their second time they wait: something is acknowledged all the time.
        foreach (var id in _ids) _aside.Add(id, isStill: true);
        Assert.False(_aside.ReleaseSoon());
        Assert.Equal(40, _aside.Count);
    }

    [Fact]
    public void ReleaseLater_Overtaken_WhoWaitsLongestGoesFirst()
    {
        foreach (var id in _ids) _aside.Add(id, isStill: false);

        Assert.False(_aside.ReleaseSoon());
        Assert.True(_aside.ReleaseLater());
        foreach (var id in _ids[..16]) _aside.Add(id, isStill: false);
        Assert.True(_aside.ReleaseLater());
        Assert.Equal([.. _ids[..16], .. _ids[32..]], _ids.Where(_aside.Has));
    }

    [Fact]
    public void Release_WhatWasAcknowledged_IsLeftOut()
    {
        foreach (var id in _ids[..17]) _aside.Add(id, isStill: false);
        _aside.Remove(_ids[0]);

        Assert.True(_aside.ReleaseLater());
        Assert.DoesNotContain(_ids, _aside.Has);
    }
}
