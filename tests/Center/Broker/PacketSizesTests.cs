using Picket.Center.Broker;

namespace Picket.Tests.Center.Broker;

public sealed class PacketSizesTests
{
    /// <summary>A CONNECT of two bytes, then a PUBLISH of 130 (0x82 0x01; MQTT 5.0, section 1.5.5), then a ping.</summary>
    private static readonly byte[] Sound = [0x10, 2, 0, 0, 0x32, 0x82, 0x01, .. new byte[130], 0xC0, 0];

    // At every place where the line may cut it, and byte by byte.
    [Fact]
    public void Take_SoundPacketsCutAnywhere_PassWhole()
    {
        for (var cut = 0; cut <= Sound.Length; cut++)
        {
            var sizes = new PacketSizes(most: 130, mostOfFirst: 2);
            Assert.True(sizes.Take(Sound.AsSpan(0, cut), out _) && sizes.Take(Sound.AsSpan(cut), out _));
        }
        var single = new PacketSizes(130, 2);
        foreach (var one in Sound) Assert.True(single.Take([one], out _));
    }

    [Theory]
    [InlineData(129, 2, "130")]
    [InlineData(130, 1, "2")]
    public void Take_PacketAboveTheLimit_IsRefusedAtItsLength(int most, int mostOfFirst, string said)
    {
        var sizes = new PacketSizes(most, mostOfFirst);
        Assert.False(sizes.Take(Sound, out var reason));
        Assert.Contains($"a packet of {said} bytes", reason);
    }

    // 268,435,455 bytes (0xFF 0xFF 0xFF 0x7F): known to be too long before the last byte of its length has come.
    [Fact]
    public void Take_ConnectThatClaims268MB_IsRefusedBeforeItsLengthIsWhole()
    {
        var sizes = new PacketSizes(66_560, 4096);
        Assert.True(sizes.Take([0x10, 0xFF], out _));
        Assert.False(sizes.Take([0xFF], out _));
    }

    [Theory]
    [InlineData(new byte[] { 0x30 }, "CONNECT")]
    [InlineData(new byte[] { 0x11 }, "CONNECT")]
    [InlineData(new byte[] { (byte)'G' }, "CONNECT")]
    [InlineData(new byte[] { 0x10, 0x80, 0x80, 0x80, 0x80 }, "does not end")]
    public void Take_WhatIsNoPacket_IsRefused(byte[] bytes, string said)
    {
        Assert.False(new PacketSizes(66_560, 4096).Take(bytes, out var reason));
        Assert.Contains(said, reason);
    }

    [Fact]
    public void Take_EmptyPackets_AreFollowed()
    {
        var sizes = new PacketSizes(10, 10);
        Assert.True(sizes.Take([0x10, 0, 0xC0, 0, 0xC0, 0x80, 0, 0x30, 10], out _));
        Assert.True(sizes.Take(new byte[10], out _));
        Assert.False(sizes.Take([0x30, 11], out _));
    }
}
