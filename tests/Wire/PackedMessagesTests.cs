using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

/// <summary>The other side is Python's zlib, which knows preset dictionaries.</summary>
public sealed class PackedMessagesTests : IDisposable
{
    private readonly TempFolder _temp = new();

    /// <summary>Bytes of a payload with one message, and of one with ten of them, each of the ten another vehicle or
    /// person. Seen, rounded up by a tenth.</summary>
    public static TheoryData<string, int, int> Budgets => new()
    {
        { "plate.read.new", 220, 145 },
        { "plate.read.end", 185, 120 },
        { "plate.hit.new", 260, 155 },
        { "face.match.new", 195, 120 },
        { "face.match.end", 185, 100 },
        { "camera.down", 105, 50 },
        { "camera.up", 105, 50 },
        { "node.health", 125, 55 },
        { "node.gap", 115, 50 },
    };

    public void Dispose() => _temp.Dispose();

    /// <summary>Of PackedDictionary.Text by sha256sum: nodes and centers in the field share it.</summary>
    [Fact]
    public void Dictionary_OfVersion1_NeverChanges() => Assert.Equal(
        "b83b4b5b3d5d3771e9d86465ef8898c2e836bdd021735dc2884e3846959f272a",
        Convert.ToHexStringLower(SHA256.HashData(PackedMessages.Dictionary)));

    [Fact]
    public async Task Write_Messages_AreReadByZlib()
    {
        await File.WriteAllBytesAsync(_temp.File("dictionary"), PackedMessages.Dictionary.ToArray());
        await File.WriteAllBytesAsync(
            _temp.File("packed"),
            PackedMessages.Write("""{"a":1}"""u8.ToArray(), """{"kind":"plate.read"}"""u8.ToArray()));

        var text = await ExternalProgram.OutputOfAsync("/usr/bin/python3", "-c", """
            import sys, zlib
            d, p = (open(name, 'rb').read() for name in sys.argv[1:])
            z = zlib.decompressobj(-15, zdict=d)
            sys.stdout.write(repr((p[0], z.decompress(p[1:]), z.eof, z.unused_data)))
            """, _temp.File("dictionary"), _temp.File("packed"));

        Assert.Equal("""(177, b'{"a":1}\n{"kind":"plate.read"}', True, b'')""", text);
    }

    [Fact]
    public async Task TryRead_PackedByZlib_GivesTheMessages()
    {
        await File.WriteAllBytesAsync(_temp.File("dictionary"), PackedMessages.Dictionary.ToArray());

        var hex = await ExternalProgram.OutputOfAsync("/usr/bin/python3", "-c", """
            import sys, zlib
            z = zlib.compressobj(9, 8, -15, 9, 0, open(sys.argv[1], 'rb').read())
            print((b'\xb1' + z.compress(b'{"a":1}\n{"kind":"plate.read"}') + z.flush()).hex(), end='')
            """, _temp.File("dictionary"));

        Assert.Equal(["""{"a":1}""", """{"kind":"plate.read"}"""], Read(Convert.FromHexString(hex), out _)!);
    }

    [Theory]
    [MemberData(nameof(Budgets))]
    public void Write_EventOfAKind_IsWithinItsBudget(string kind, int alone, int amongTen)
    {
        var golden = WireJson.TryReadEvent(
            File.ReadAllBytes(Repository.Path("tests", "Wire", "Golden", kind + ".json")), out _)!;
        var dice = new Random(4);
        ReadOnlyMemory<byte>[] ten = [.. Enumerable.Range(0, 10).Select(i => WireJson.Write(Another(golden, i, dice)))];

        var (one, all) = (PackedMessages.Write(ten[0]).Length, PackedMessages.Write(ten).Length / 10);

        Assert.True(one <= alone && all <= amongTen, $"{kind}: {one} alone, {all} among ten");
    }

    /// <summary>60 kB of DEFLATE that stand for 60 MB: unpacked is what the limit allows, and no more.</summary>
    [Fact]
    public void TryRead_Bomb_IsRefused()
    {
        var bomb = new MemoryStream();
        bomb.WriteByte(PackedMessages.Marker);
        using (var deflate = new DeflateStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(new byte[60_000_000]);
        Assert.InRange(bomb.Length, 30_000, WireJson.MaxMessageBytes);
        Read(bomb.ToArray(), out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(Read(bomb.ToArray(), out var error));

        Assert.Contains("more than 262144 bytes", error, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void TryRead_AsMuchAsAllowed_IsRead()
    {
        var most = new byte[PackedMessages.MaxUnpackedBytes];
        Array.Fill(most, (byte)'x');

        Assert.Equal(most.Length, Assert.Single(Read(PackedMessages.Write(most), out _)!).Length);
        Assert.Null(Read(PackedMessages.Write(most, new byte[1]), out _));
    }

    [Fact]
    public void TryRead_TooManyOrEmptyMessages_IsRefused()
    {
        var many = Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[] { 1 }, PackedMessages.MaxMessages + 1).ToArray();

        Assert.Equal(PackedMessages.MaxMessages, Read(PackedMessages.Write(many[1..]), out _)!.Length);
        Assert.Null(Read(PackedMessages.Write(many), out var tooMany));
        Assert.Contains("more than 128", tooMany, StringComparison.Ordinal);
        Assert.Null(Read(PackedMessages.Write(many[0], default, many[1]), out _));
        Assert.Null(Read(PackedMessages.Write(), out _));
        Assert.Null(Read([PackedMessages.Marker], out _));
    }

    /// <summary>Whatever the bytes are: an answer, within the limits, and no exception.</summary>
    [Fact]
    public void TryRead_CutOrChangedAnywhere_GivesAnAnswer()
    {
        var sound = PackedMessages.Write("""{"kind":"plate.read","a":123456789}"""u8.ToArray(), "{}"u8.ToArray());
        var dice = new Random(1);
        for (var length = 1; length < sound.Length; length++) Read(sound[..length], out _);
        for (var i = 0; i < 5000; i++)
        {
            var changed = sound.ToArray();
            for (var n = dice.Next(1, 4); n > 0; n--) changed[dice.Next(1, changed.Length)] = (byte)dice.Next(256);
            var read = Read(changed, out var error);
            Assert.True(read is { Length: > 0 } != error.Length > 0);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData(" {}")]
    [InlineData("\uFEFF{}")]
    public void IsPacked_Text_IsNot(string text) => Assert.False(PackedMessages.IsPacked(Encoding.UTF8.GetBytes(text)));

    private static string[]? Read(byte[] payload, out string error) =>
        PackedMessages.TryRead(payload, out error)?.Select(m => Encoding.Latin1.GetString(m.Span)).ToArray();

    /// <summary>An event as <paramref name="golden"/>, of another object a little later.</summary>
    private static EventEnvelope Another(EventEnvelope golden, int number, Random dice)
    {
        var at = golden.At.AddMilliseconds((200 * number) + dice.Next(200));
        var body = golden.Body;
        if (body.Plate is { } plate)
        {
            var text = string.Concat(
                plate.Text.Select(c => (char)(char.IsDigit(c) ? dice.Next('0', '9' + 1) : dice.Next('A', 'Z' + 1))));
            var (left, top) = (dice.Next(1800), dice.Next(1000));
            var (right, bottom) = (left + dice.Next(60, 120), top + dice.Next(20, 40));
            body = body with
            {
                Plate = plate with
                {
                    Text = text,
                    Confidence = dice.Next(700, 1000) / 1000f,
                    Characters = [.. text.Select(_ => dice.Next(90, 101) / 100f)],
                    Box = [left, top, right - left, bottom - top],
                    Corners = [left, top, right, top + dice.Next(4), right, bottom, left, bottom],
                    Frame = dice.Next(1_000_000),
                    Crop = plate.Crop is null ? null : Guid.CreateVersion7(at),
                },
            };
        }
        if (body.Face is { } face)
        {
            body = body with
            {
                Face = face with
                {
                    Similarity = dice.Next(400, 900) / 1000f,
                    Box = [.. Enumerable.Range(0, 4).Select(_ => dice.Next(8000) / 8f)],
                    Frame = dice.Next(1_000_000),
                    Crop = face.Crop is null ? null : Guid.CreateVersion7(at),
                },
            };
        }
        return golden with
        {
            Id = Guid.CreateVersion7(at),
            Seq = 1_000_000 + number,
            At = at,
            Mono = dice.NextInt64(100_000_000_000_000),
            Passage = golden.Passage is null ? null : Guid.CreateVersion7(at),
            Body = body,
        };
    }
}
