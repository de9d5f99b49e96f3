using System.Runtime.InteropServices;

namespace Picket.Mqtt.Native;

/// <summary>The part of libmosquitto 2.0 (mosquitto.h) that <see cref="MqttConnection"/> uses. Functions return a
/// <c>MOSQ_ERR_*</c> code, 0 is success.</summary>
internal static unsafe partial class Mosquitto
{
    /// <summary>The soname, so that Debian's run-time package is enough.</summary>
    private const string Library = "libmosquitto.so.1";

    public const int OptionProtocolVersion = 1;
    public const int OptionSendMaximum = 5;
    public const int OptionTcpNoDelay = 11;
    public const int ProtocolVersion5 = 5;
    public const int CertificateRequired = 1;
    public const int SubscribeRetainAsPublished = 0x08;
    public const int SubscribeSendRetainNever = 0x20;
    public const int LogWarning = 0x04;
    public const int LogError = 0x08;
    public const int Success = 0;
    public const int NoConnection = 4;
    public const int ConnectionLost = 7;
    public const int TlsError = 8;
    public const int ErrnoError = 14;

    private static readonly Lazy<int> s_initialized = new(mosquitto_lib_init);

    public static bool IsThere => NativeLibrary.TryLoad(Library, typeof(Mosquitto).Assembly, null, out _);

    /// <summary>Initializes the library once per process.</summary>
    /// <exception cref="MqttLibraryMissingException">It is not installed.</exception>
    public static void Initialize()
    {
        try
        {
            _ = s_initialized.Value;
        }
        catch (DllNotFoundException e)
        {
            throw new MqttLibraryMissingException(e);
        }
    }

    public static string Describe(int code) => Marshal.PtrToStringUTF8(mosquitto_strerror(code)) ?? $"code {code}";

    public static string DescribeReason(int code) =>
        Marshal.PtrToStringUTF8(mosquitto_reason_string(code)) ?? $"reason {code}";

    [LibraryImport(Library)]
    private static partial int mosquitto_lib_init();

    [LibraryImport(Library)]
    private static partial nint mosquitto_strerror(int code);

    [LibraryImport(Library)]
    private static partial nint mosquitto_reason_string(int code);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint mosquitto_new(string id, [MarshalAs(UnmanagedType.U1)] bool cleanStart, nint owner);

    /// <summary>Takes the raw pointer: only <see cref="MosquittoHandle"/> calls it, when it is being
    /// released.</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_destroy(nint mosquitto);

    [LibraryImport(Library)]
    public static partial int mosquitto_int_option(MosquittoHandle mosquitto, int option, int value);

    /// <summary>Tells the library that other threads than the loop's call it; the caller runs the loop.</summary>
    [LibraryImport(Library)]
    public static partial int mosquitto_threaded_set(
        MosquittoHandle mosquitto, [MarshalAs(UnmanagedType.U1)] bool threaded);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_tls_set(
        MosquittoHandle mosquitto, string caFile, string? caPath, string certificateFile, string keyFile,
        delegate* unmanaged[Cdecl]<byte*, int, int, nint, int> passPhrase);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_tls_opts_set(
        MosquittoHandle mosquitto, int certificateRequired, string tlsVersion, string? ciphers);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_will_set_v5(
        MosquittoHandle mosquitto, string topic, int length, ReadOnlySpan<byte> payload, int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain, nint properties);

    /// <summary>Resolves the host and connects to the first of its addresses that answers; blocks as long as the
    /// system's own limit.</summary>
    /// <remarks>mosquitto_connect_async does not block, but in 2.0.11 it tries one address only and spins on a refused
    /// connection.</remarks>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mosquitto_connect_bind_v5(
        MosquittoHandle mosquitto, string host, int port, int keepAliveSeconds, string? bindAddress, nint properties);

    [LibraryImport(Library)]
    public static partial int mosquitto_socket(MosquittoHandle mosquitto);

    /// <summary>One turn: waits for the socket, reads, writes, calls back, pings. Never reconnects, unlike
    /// mosquitto_loop_forever.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int mosquitto_loop(MosquittoHandle mosquitto, int timeoutMilliseconds, int maxPackets);

    [LibraryImport(Library)]
    public static partial int mosquitto_disconnect(MosquittoHandle mosquitto);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_publish_v5(
        MosquittoHandle mosquitto, out int id, string topic, int length, ReadOnlySpan<byte> payload, int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain, nint properties);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mosquitto_subscribe_v5(
        MosquittoHandle mosquitto, out int id, string filter, int qos, int options, nint properties);

    /// <summary>(mosquitto, owner, reason code, flags, properties)</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_connect_v5_callback_set(
        MosquittoHandle mosquitto, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    /// <summary>(mosquitto, owner, reason code, properties)</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_disconnect_v5_callback_set(
        MosquittoHandle mosquitto, delegate* unmanaged[Cdecl]<nint, nint, int, nint, void> callback);

    /// <summary>(mosquitto, owner, message id, reason code, properties)</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_publish_v5_callback_set(
        MosquittoHandle mosquitto, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    /// <summary>(mosquitto, owner, message id, count, granted QoS or reason codes, properties)</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_subscribe_v5_callback_set(
        MosquittoHandle mosquitto, delegate* unmanaged[Cdecl]<nint, nint, int, int, int*, nint, void> callback);

    /// <summary>(mosquitto, owner, message, properties)</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_message_v5_callback_set(
        MosquittoHandle mosquitto, delegate* unmanaged[Cdecl]<nint, nint, MosquittoMessage*, nint, void> callback);

    /// <summary>(mosquitto, owner, level, text)</summary>
    [LibraryImport(Library)]
    public static partial void mosquitto_log_callback_set(
        MosquittoHandle mosquitto, delegate* unmanaged[Cdecl]<nint, nint, int, nint, void> callback);
}
