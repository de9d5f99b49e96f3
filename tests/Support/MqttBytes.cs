using System.Buffers.Binary;
using System.Text;

namespace Picket.Tests.Support;

/// <summary>Packets of MQTT 5 as bytes, also such as no library makes.</summary>
internal static class MqttBytes
{
    public static readonly byte[] Ping = [0xC0, 0];
    public static readonly byte[] PingAnswer = [0xD0, 0];

    /// <summary>CONNECT with a clean start (section 3.1).</summary>
    /// <param name="will">Topic and payload of the last will.</param>
    public static byte[] Connect(string clientId, ushort keepAlive = 60, (string Topic, byte[] Payload)? will = null)
    {
        var flags = (byte)(will is null ? 2 : 2 | 4 | 8); // with a will at QoS 1
        byte[] wanted = will is { } last ? [0, .. Text(last.Topic), .. Length(last.Payload.Length), .. last.Payload] : [];
        return Packet(0x10, [0, 4, .. "MQTT"u8, 5, flags, .. Length(keepAlive), 0, .. Text(clientId), .. wanted]);
    }

    /// <summary>PUBLISH (section 3.3).</summary>
    public static byte[] Publish(string topic, byte[] payload, ushort id = 1, int qos = 1, bool retain = false, ushort alias = 0)
    {
        byte[] number = qos > 0 ? [.. Length(id)] : [];
        byte[] properties = alias > 0 ? [3, 0x23, .. Length(alias)] : [0];
        return Packet((byte)(0x30 | (qos << 1) | (retain ? 1 : 0)), [.. Text(topic), .. number, .. properties, .. payload]);
    }

    /// <summary>SUBSCRIBE (section 3.8).</summary>
    public static byte[] Subscribe(params (string Filter, byte Qos)[] filters) =>
        Packet(0x82, [0, 1, 0, .. filters.SelectMany(one => (byte[])[.. Text(one.Filter), one.Qos])]);

    public static byte[] Packet(byte kind, byte[] body)
    {
        var packet = new List<byte> { kind };
        var length = body.Length;
        do
        {
            packet.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80 : 0)));
            length >>= 7;
        }
        while (length > 0);
        return [.. packet, .. body];
    }

    public static byte[] Text(string text) => [.. Length(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Length(int length)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)length);
        return bytes;
    }
}
