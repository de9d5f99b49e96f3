using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace Picket.Wire;

/// <summary>
/// Several messages in one payload, for a thin line: a read of 650 bytes takes 165 alone and 120 among ten.
/// </summary>
/// <remarks>
/// The payload is one byte that no JSON starts with, <see cref="Marker"/>, and then raw DEFLATE (RFC 1951) with
/// <see cref="Dictionary"/> as preset dictionary, of the messages' own JSON, one a line. zlib reads it with
/// <c>inflateSetDictionary</c>. A node packs only what goes to a center that said in an <see cref="Ack"/> that it reads
/// it.
/// </remarks>
public static class PackedMessages
{
    /// <summary>The number of <see cref="Dictionary"/>: a center that reads it says so in its acks. Another dictionary
    /// gets another number and another marker; this one never changes.</summary>
    public const int Version = 1;

    /// <summary>A continuation byte in UTF-8: no text starts with it.</summary>
    public const byte Marker = 0xB1;

    /// <summary>Messages in one payload: half of what one ack may name.</summary>
    public const int MaxMessages = 128;

    /// <summary>Unpacked, all together: <see cref="MaxMessages"/> of 2 kB, three times a usual one. DEFLATE makes up to
    /// 1,032 bytes of one, a full payload could be 66 MB: nothing is unpacked beyond this.</summary>
    public const int MaxUnpackedBytes = 256 * 1024;

    private const byte LineFeed = (byte)'\n';

    private static readonly byte[] DictionaryText = Encoding.UTF8.GetBytes(PackedDictionary.Text);

    /// <summary>The dictionary as a DEFLATE block that is stored as it is (RFC 1951, section 3.2.4): read before the
    /// payload it fills the window.</summary>
    private static readonly byte[] DictionaryBlock =
    [
        0x00,
        (byte)DictionaryText.Length, (byte)(DictionaryText.Length >> 8),
        (byte)~DictionaryText.Length, (byte)(~DictionaryText.Length >> 8),
        .. DictionaryText,
    ];

    /// <summary>What messages usually consist of.</summary>
    public static ReadOnlySpan<byte> Dictionary => DictionaryText;

    public static bool IsPacked(ReadOnlySpan<byte> payload) => payload.Length > 0 && payload[0] == Marker;

    /// <summary>Packs 1 to <see cref="MaxMessages"/> messages, each in JSON without line breaks as
    /// <see cref="WireJson"/> writes it, together at most <see cref="MaxUnpackedBytes"/> with a byte more for
    /// each.</summary>
    public static byte[] Write(params ReadOnlySpan<ReadOnlyMemory<byte>> messages)
    {
        var output = new MemoryStream();
        int start;
        using (var deflate = new DeflateStream(output, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(DictionaryText);
            // Ends the block on a byte (Z_SYNC_FLUSH): what follows refers to the dictionary, which stays here.
            deflate.Flush();
            start = (int)output.Length;
            for (var i = 0; i < messages.Length; i++)
            {
                if (i > 0) deflate.WriteByte(LineFeed);
                deflate.Write(messages[i].Span);
            }
        }
        var packed = output.GetBuffer().AsSpan(start - 1, (int)output.Length - start + 1);
        packed[0] = Marker;
        return packed.ToArray();
    }

    /// <summary>Unpacks a payload that <see cref="IsPacked"/>; null with <paramref name="error"/> when it is damaged or
    /// over a limit. The content of the messages is not checked.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? TryRead(ReadOnlySpan<byte> payload, out string error)
    {
        error = payload.Length > WireJson.MaxMessageBytes
            ? $"message of {payload.Length} bytes, at most {WireJson.MaxMessageBytes} are allowed"
            : "";
        if (error.Length > 0) return null;
        var rented = ArrayPool<byte>.Shared.Rent(DictionaryText.Length + MaxUnpackedBytes + 1);
        try
        {
            var length = Inflate(payload[1..], rented.AsSpan(0, DictionaryText.Length + MaxUnpackedBytes + 1));
            if (length > DictionaryText.Length + MaxUnpackedBytes)
                error = $"packed messages of more than {MaxUnpackedBytes} bytes";
            else if (length <= DictionaryText.Length) error = "a packed message without messages";
            else return Split(rented.AsSpan(DictionaryText.Length..length).ToArray(), out error);
        }
        catch (InvalidDataException)
        {
            error = "packed messages that are damaged";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        return null;
    }

    /// <summary>Fills <paramref name="output"/> with the dictionary and what was packed behind it, as far as it
    /// reaches.</summary>
    private static int Inflate(ReadOnlySpan<byte> packed, Span<byte> output)
    {
        byte[] input = [.. DictionaryBlock, .. packed];
        using var inflate = new DeflateStream(new MemoryStream(input), CompressionMode.Decompress);
        return inflate.ReadAtLeast(output, output.Length, throwOnEndOfStream: false);
    }

    private static List<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> all, out string error)
    {
        var messages = new List<ReadOnlyMemory<byte>>();
        while (true)
        {
            var end = all.Span.IndexOf(LineFeed);
            var message = end < 0 ? all : all[..end];
            error = message.IsEmpty ? "a packed message that is empty"
                : messages.Count == MaxMessages ? $"more than {MaxMessages} packed messages" : "";
            if (error.Length > 0) return null;
            messages.Add(message);
            if (end < 0) return messages;
            all = all[(end + 1)..];
        }
    }
}

/// <summary>The text that <see cref="PackedMessages"/> are packed with. It never changes: nodes and centers in the field
/// share it.</summary>
/// <remarks>The most frequent text comes last, where a reference to it is shortest. The values only show the form.</remarks>
internal static class PackedDictionary
{
    public const string Text =
        """{"v":1,"id":"019c2f00-0000-7000-8000-000000000000","node":"node-1","event":"019c2f00-0000-7000-8000-","""
        + "\"index\":0,\"count\":1,\"data\":\"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQ"
        + "FxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/wAARCAD/xAAf/aAAwDAQACEQMRAD8A\"}"
        + """
        "kind":"list.applied","rev":0,"body":{"seq":1,"version":
        "kind":"node.gap","rev":0,"body":{"gap":{"epoch":"019c2f00-","firstSeq":1,"lastSeq":1,"count":1,"reason":"the outbox's disk budget is used up"}}}
        "kind":"node.health","rev":0,"body":{"health":{"uptimeSeconds":3600,"outboxPending":0,"cameras":[{"camera":"gate-1","up":true,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":25},{"camera":"gate-2","up":false,"frames":0,"dropped":0,"analyzed":0,"framesPerSecond":0}]}}}
        "kind":"camera.up","rev":0,"body":{"cameraState":{"reason":"frames again","downSeconds":20.5}}}
        "kind":"camera.down","rev":0,"body":{"cameraState":{"reason":"401 Unauthorized from 10.0.0.; check user and password"}}}
        "kind":"face.match","passage":"019c2f00-","phase":"update","rev":1,"body":{"face":{"person":"","list":"watch","similarity":0.5,"threshold":0.4,"frame":1,"frameAt":"2026-01-01T00:00:00.000+00:00","box":[0.5,0.25,0.75,0.125],"quality":0.9,"shots":1,"crop":"019c2f00-","reason":"left"}}}
        "kind":"plate.hit","passage":"019c2f00-","phase":"new","rev":0,"body":{"plate":{"text":"","confidence":0.9,"hit":{"list":"stolen","version":"","entry":"case ","plate":"","match":"exact","match":"wildcard","match":"confusion","score":0.9,"threshold":0.8,"falseHits":0.0001,"read":"019c2f00-","priority":1}}}
        "reason":"restart"}}}"reason":"camera"}}}"reason":"stop"}}}"region":"in"}}}"region":"eu"}}}"region":"gb"}}}"region":"us"}}}"region":"br"}}}
        {"v":1,"id":"019c2f00-0000-7000-8000-000000000000","node":"node-1","camera":"gate-1","epoch":"019c2f00-0000-7000-8000-000000000000","seq":1,"at":"2026-01-01T00:00:00.000+00:00","mono":1000000000,"kind":"plate.read","passage":"019c2f00-0000-7000-8000-000000000000","phase":"update","rev":1,"body":{"plate":{"text":"ABC1234","confidence":0.99,"characters":[0.99,0.98,0.97,0.96,0.95,1,1],"rows":1,"box":[0,0,100,30],"corners":[0,0,100,0,100,30,0,30],"frame":1,"shots":3,"models":["plate-detect 1.0.0","plate-read 1.0.0"],"format":"letters and number","region":"pk","candidates":[{"text":"ABC123","confidence":0.02}],"frameAt":"2026-01-01T00:00:00.000+00:00","crop":"019c2f00-0000-7000-8000-","reason":"left"}}}
        {"v":1,"id":"019c2f00-
        """;
}
