using System.Text;
using System.Text.Json;

namespace Picket.Tests.Fuzz;

/// <summary>Makes inputs out of real ones: changed bytes, lost and repeated pieces, pieces of others, words of the format,
/// and values of JSON put in the place of others.</summary>
internal sealed class ByteMutation(IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> words)
{
    /// <summary>An input never grows beyond three times the largest message: what is longer is refused by its length
    /// alone.</summary>
    private const int MaxBytes = 192 * 1024;

    private static readonly byte[] EdgeBytes = [0, 1, 0x09, 0x0A, 0x0D, 0x1B, 0x20, 0x22, 0x27, 0x2F, 0x5C, 0x7F, 0x80, 0xC0, 0xFE, 0xFF];

    /// <summary>Values of JSON that are at an edge, or no values at all.</summary>
    private static readonly byte[][] EdgeValues =
    [
        .. new[]
        {
            "null", "true", "0", "-1", "-0", "1e999", "-1e999", "1e-999", "1e38", "3.5e38", "9223372036854775807",
            "9223372036854775808", "-9223372036854775809", "2147483648", "1000000000001", "NaN", "01", "\"\"",
            "\"\\uD800\"", "\"\\uDC00\\uD800\"", "\"\\u0000\"", "\"\\u001b[2J\"", "\"\\u202e\"", "\"a\\nb\"", "\"/\"", "\"#\"",
            "\"+\"", "\"picket/v1/+/ack\"", "\"../../etc/passwd\"", "\"9999-12-31T23:59:59.9999999+14:00\"",
            "\"9999-12-31T23:59:59.9999999-14:00\"", "\"0001-01-01T00:00:00+14:00\"", "\"0001-01-01T00:00:00Z\"",
            "\"00000000-0000-0000-0000-000000000000\"", "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"", "[]", "{}", "[null]",
            "{\"a\":1,\"a\":2}", "{\"\":{}}", "[[[[[[[[[[[[]]]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}",
            "\"ÿ\"", "\"" + new string('x', 5000) + "\"", "[" + string.Join(',', Enumerable.Repeat("1", 2000)) + "]",
        }.Select(Encoding.UTF8.GetBytes),
        [.. "\""u8, 0xFF, 0xC0, 0x80, .. "\""u8],
    ];

    public byte[] Next(Random random)
    {
        var input = Pick(random, seeds);
        // Mostly a few changes, which get past the first checks; now and then many.
        var changes = random.Next(8) == 0 ? random.Next(1, 40) : random.Next(1, 4);
        for (var i = 0; i < changes; i++) input = Change(random, input);
        return input.Length <= MaxBytes ? input : input[..MaxBytes];
    }

    /// <summary>Of a JSON text: each value and each name replaced by each value at an edge, one at a time.</summary>
    public static IEnumerable<byte[]> OneValueReplaced(byte[] input) =>
        from place in Values(input)
        from value in EdgeValues
        select (byte[])[.. input[..place.Start], .. value, .. input[place.End..]];

    private byte[] Change(Random random, byte[] input)
    {
        if (input.Length == 0) return Pick(random, seeds);
        var (from, to) = Piece(random, input.Length);
        switch (random.Next(13))
        {
            case 0: // a bit
                return With(input, random.Next(input.Length), at => (byte)(at ^ (1 << random.Next(8))));
            case 1: // a byte
                return With(input, random.Next(input.Length), _ => EdgeBytes[random.Next(EdgeBytes.Length)]);
            case 2:
                return With(input, random.Next(input.Length), _ => (byte)random.Next(256));
            case 3: // cut off
                return input[..random.Next(input.Length)];
            case 4: // a piece lost
                return [.. input[..from], .. input[to..]];
            case 5: // a piece said again, once or often
                var again = random.Next(6) == 0 ? random.Next(2, 200) : 1;
                return [.. input[..to], .. Enumerable.Repeat(input[from..to], again).SelectMany(piece => piece), .. input[to..]];
            case 6: // a piece in another place
                var piece = input[from..to];
                byte[] rest = [.. input[..from], .. input[to..]];
                var place = random.Next(rest.Length + 1);
                return [.. rest[..place], .. piece, .. rest[place..]];
            case 7: // a piece of another input
                var other = Pick(random, seeds);
                var (otherFrom, otherTo) = Piece(random, other.Length);
                return [.. input[..from], .. other[otherFrom..otherTo], .. input[to..]];
            case 8 when words.Count > 0:
                return [.. input[..from], .. Pick(random, words), .. input[(random.Next(2) == 0 ? from : to)..]];
            case 9: // white space and line ends
                return [.. input[..from], (byte)" \t\r\n"[random.Next(4)], .. input[from..]];
            case 10: // a number
                return ChangedNumber(random, input);
            default:
                return WithOtherValue(random, input);
        }
    }

    private static byte[] ChangedNumber(Random random, byte[] input)
    {
        var start = random.Next(input.Length);
        while (start < input.Length && !char.IsAsciiDigit((char)input[start])) start++;
        var end = start;
        while (end < input.Length && char.IsAsciiDigit((char)input[end])) end++;
        string[] numbers =
        [
            "0", "1", "255", "256", "65536", "2147483647", "2147483648", "9223372036854775807",
            "99999999999999999999", "1e400",
        ];
        return [.. input[..start], .. Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]), .. input[end..]];
    }

    /// <summary>Another value, one at an edge or one from elsewhere in the inputs, for one of the JSON text; the same for a
    /// field's name. What is no JSON stays.</summary>
    private byte[] WithOtherValue(Random random, byte[] input)
    {
        var places = Values(input);
        if (places.Count == 0) return input;
        var place = places[random.Next(places.Count)];
        var other = random.Next(4) == 0 ? Pick(random, seeds) : input;
        var others = Values(other);
        var value = random.Next(3) > 0 || others.Count == 0
            ? Pick(random, EdgeValues)
            : other[others[random.Next(others.Count)]];
        return [.. input[..place.Start], .. value, .. input[place.End..]];
    }

    private static List<Range> Values(byte[] input)
    {
        var places = new List<Range>();
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(input);
        try
        {
            while (reader.Read())
            {
                var from = (int)reader.TokenStartIndex;
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) open.Push(from);
                else if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                    places.Add(open.Pop()..(int)reader.BytesConsumed);
                else if (reader.TokenType is JsonTokenType.PropertyName)
                    places.Add(from..(from + reader.ValueSpan.Length + 2));
                else places.Add(from..(int)reader.BytesConsumed);
            }
        }
        catch (JsonException)
        {
            // What was read before the fault is enough.
            return places;
        }
        return places;
    }

    private static (int From, int To) Piece(Random random, int length)
    {
        if (length == 0) return (0, 0);
        var from = random.Next(length);
        // Short pieces mostly: a field, a line.
        var longest = random.Next(4) == 0 ? length - from : Math.Min(length - from, 24);
        return (from, from + random.Next(longest + 1));
    }

    private static byte[] With(byte[] input, int at, Func<byte, byte> change)
    {
        var changed = input.ToArray();
        changed[at] = change(changed[at]);
        return changed;
    }

    private static byte[] Pick(Random random, IReadOnlyList<byte[]> choices) => choices[random.Next(choices.Count)];
}
