using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Picket.Mqtt.Native;

/// <summary>The functions that libmosquitto calls, on the loop's thread: each finds its <see cref="MqttConnection"/>
/// and hands over.</summary>
/// <remarks>An exception that crossed into C would end the process, so each catches all and lets the connection end
/// instead.</remarks>
internal static unsafe class MosquittoCallbacks
{
    private const int UnspecifiedError = 0x80;

    public static void Install(MosquittoHandle handle)
    {
        Mosquitto.mosquitto_log_callback_set(handle, &OnLog);
        Mosquitto.mosquitto_connect_v5_callback_set(handle, &OnConnect);
        Mosquitto.mosquitto_disconnect_v5_callback_set(handle, &OnDisconnect);
        Mosquitto.mosquitto_publish_v5_callback_set(handle, &OnPublish);
        Mosquitto.mosquitto_subscribe_v5_callback_set(handle, &OnSubscribe);
        Mosquitto.mosquitto_message_v5_callback_set(handle, &OnMessage);
    }

    /// <summary>Sets the PEM files; an encrypted key is refused.</summary>
    public static int SetTls(MosquittoHandle handle, string caFile, string certificateFile, string keyFile) =>
        Mosquitto.mosquitto_tls_set(handle, caFile, null, certificateFile, keyFile, &OnPassPhrase);

    private static MqttConnection Owner(nint owner) => (MqttConnection)GCHandle.FromIntPtr(owner).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnConnect(nint mosquitto, nint owner, int reason, int flags, nint properties)
    {
        try
        {
            Owner(owner).OnConnected(reason);
        }
        catch (Exception e)
        {
            Owner(owner).OnCallbackFailed(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDisconnect(nint mosquitto, nint owner, int reason, nint properties)
    {
        try
        {
            Owner(owner).OnDisconnected(reason);
        }
        catch (Exception e)
        {
            Owner(owner).OnCallbackFailed(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnPublish(nint mosquitto, nint owner, int id, int reason, nint properties)
    {
        try
        {
            Owner(owner).OnPublished(id, reason);
        }
        catch (Exception e)
        {
            Owner(owner).OnCallbackFailed(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnSubscribe(nint mosquitto, nint owner, int id, int count, int* granted, nint properties)
    {
        try
        {
            Owner(owner).OnSubscribed(id, count > 0 ? granted[0] : UnspecifiedError);
        }
        catch (Exception e)
        {
            Owner(owner).OnCallbackFailed(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMessage(nint mosquitto, nint owner, MosquittoMessage* message, nint properties)
    {
        try
        {
            var payload = new ReadOnlySpan<byte>((void*)message->Payload, message->PayloadLength);
            Owner(owner).OnMessage(Marshal.PtrToStringUTF8(message->Topic) ?? "", payload, message->Retain != 0);
        }
        catch (Exception e)
        {
            Owner(owner).OnCallbackFailed(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint mosquitto, nint owner, int level, nint text)
    {
        try
        {
            if (level is Mosquitto.LogError or Mosquitto.LogWarning)
                Owner(owner).OnError(Marshal.PtrToStringUTF8(text) ?? "");
        }
        catch (Exception e)
        {
            Owner(owner).OnCallbackFailed(e);
        }
    }

    /// <summary>OpenSSL asks for a pass phrase: it gets none (left alone it would ask on the terminal).</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnPassPhrase(byte* buffer, int size, int forWriting, nint owner) => 0;
}
