using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace Picket.Wire;

/// <summary>
/// Several messages in one payload, for a thin line: a read of 650 bytes takes 165 alone and 120 among ten.
/// </summary>
/// <remarks>
/// The payload is one byte that no JSON begins with, <see cref="Marker"/>, and then raw DEFLATE (RFC 1951) with
/// <see cref="Dictionary"/> as preset dictionary, of the messages' own JSON, one a line. zlib reads it with
/// <c>inflateSetDictionary</c>. A node packs only what goes to a center that said in an <see cref="Ack"/> that it reads
/// it.
/// </remarks>
public static class PackedMessages
{
    /// <summary>The number of <see cref="Dictionary"/>: a center that reads it says so in its acks. Another dictionary
    /// gets another number and another marker; this one never changes.</summary>
    public const int Version = 1;

    /// <summary>A continuation byte in UTF-8: no text begins with it.</summary>
    public const byte Marker = 0xB1;

    /// <summary>Messages in one payload: half of what one ack may name.</summary>
    public const int MaxMessages = 128;

    /// <summary>Unpacked, all together: <see cref="MaxMessages"/> of 2 kB, three times a usual one. DEFLATE makes up to
    /// 1,032 bytes of one, a full payload could be 66 MB: nothing is unpacked beyond this.</summary>
    public const int MaxUnpackedBytes = 256 * 1024;

    private const byte LineFeed = (byte)'\n';

    private static readonly byte[] s_dictionary = Encoding.UTF8.GetBytes(PackedDictionary.Text);

    /// <summary>The dictionary as a DEFLATE block that is stored as it is (RFC 1951, section 3.2.4): read before the
    /// payload it fills the window.</summary>
    private static readonly byte[] s_dictionaryBlock =
    [
        0x00,
        (byte)s_dictionary.Length, (byte)(s_dictionary.Length >> 8),
        (byte)~s_dictionary.Length, (byte)(~s_dictionary.Length >> 8),
        .. s_dictionary,
    ];

    /// <summary>What messages usually consist of.</summary>
    public static ReadOnlySpan<byte> Dictionary => s_dictionary;

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
            deflate.Write(s_dictionary);
            // Ends the block on a byte (Z_SYNC_FLUSH): what comes behind it refers to the dictionary, which stays here.
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
    /// over a limit. What the messages say is not looked at.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? TryRead(ReadOnlySpan<byte> payload, out string error)
    {
        error = payload.Length > WireJson.MaxMessageBytes
            ? $"message of {payload.Length} bytes, at most {WireJson.MaxMessageBytes} are allowed"
            : "";
        if (error.Length > 0) return null;
        var rented = ArrayPool<byte>.Shared.Rent(s_dictionary.Length + MaxUnpackedBytes + 1);
        try
        {
            var length = Inflate(payload[1..], rented.AsSpan(0, s_dictionary.Length + MaxUnpackedBytes + 1));
            if (length > s_dictionary.Length + MaxUnpackedBytes)
                error = $"packed messages of more than {MaxUnpackedBytes} bytes";
            else if (length <= s_dictionary.Length) error = "a packed message without messages";
            else return Split(rented.AsSpan(s_dictionary.Length..length).ToArray(), out error);
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
        byte[] input = [.. s_dictionaryBlock, .. packed];
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
