using System.Runtime.InteropServices;

namespace Picket.Mqtt.Native;

/// <summary><c>struct mosquitto_message</c> of mosquitto.h (public and unchanged since 1.0); lent by the library for
/// one callback.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MosquittoMessage
{
    public readonly int Id;
    public readonly nint Topic;
    public readonly nint Payload;
    public readonly int PayloadLength;
    public readonly int Qos;
    public readonly byte Retain;
}
