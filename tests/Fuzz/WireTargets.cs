using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Fuzz;

/// <summary>What travels between node and center.</summary>
internal static class WireTargets
{
    /// <summary>As deep, as long and as much repeated as a message may be.</summary>
    public static IReadOnlyList<byte[]> JsonBombs { get; } =
    [
        Filled("", "[", ""),
        Filled("", "{\"a\":", ""),
        Filled("{\"v\":1,\"x\":[", "0,", "0]}"),
        Filled("{\"v\":1,\"x\":[", "{},", "{}]}"),
        Filled("{\"v\":1,\"x\":\"", "\\u0041", "\"}"),
        Filled("{\"v\":1,\"x\":\"", "\\n", "\"}"),
        Filled("{\"v\":1,\"x\":", "9", "}"),
        Filled("{\"v\":1,", "\"x\":0,", "\"y\":0}"),
        Filled(
            "{\"v\":1,\"node\":\"n\",\"ids\":[", "\"019c2f00-0000-7000-8000-0000000000aa\",",
            "\"019c2f00-0000-7000-8000-0000000000aa\"]}"),
        Filled("{\"v\":1,\"body\":{\"health\":{\"uptimeSeconds\":1,\"outboxPending\":0,\"cameras\":[", "null,", "null]}}}"),
        Filled("{\"v\":1,\"body\":{\"face\":{\"box\":[", "1,", "1]}}}"),
        Filled(" ", " ", ""),
        [0xEF, 0xBB, 0xBF, .. Filled("{\"v\":1,\"x\":[", "0,", "0]}")[..60_000]],
    ];

    public static byte[][] Goldens(params string[] names) =>
        [.. names.Select(name => File.ReadAllBytes(Repository.Path("tests", "Wire", "Golden", name + ".json")))];

    public static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    public static byte[][] Events() => Goldens(
        "camera.down", "camera.up", "face.match.end", "face.match.new", "node.gap", "node.gap.ranges", "node.health", "plate.hit.new",
        "plate.read.end", "plate.read.new");

    public static FuzzTarget Envelope() => new()
    {
        Name = "envelope",
        Seeds = Events(),
        Bombs = JsonBombs,
        MaxBytes = WireJson.MaxMessageBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => WireJson.TryReadEvent(bytes, out var error).Or(error) is { } read ? WireJson.Write(read) : null,
    };

    public static FuzzTarget Header() => new()
    {
        Name = "header",
        Seeds = Events(),
        Bombs = JsonBombs,
        MaxBytes = WireJson.MaxMessageBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => WireJson.TryReadHeader(bytes, out var error).Or(error) is { } read ? Encoding.UTF8.GetBytes(read.ToString()) : null,
        RoundTrips = false, // nothing writes a header alone
    };

    public static FuzzTarget Ack() => new()
    {
        Name = "ack",
        Seeds = Goldens("ack", "ack.seqs"),
        Bombs = JsonBombs,
        MaxBytes = WireJson.MaxMessageBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => WireJson.TryReadAck(bytes, out var error).Or(error) is { } read ? WireJson.Write(read) : null,
    };

    public static FuzzTarget Chunk() => new()
    {
        Name = "chunk",
        Seeds = Goldens("crop"),
        Bombs = JsonBombs,
        MaxBytes = WireJson.MaxMessageBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => WireJson.TryReadChunk(bytes, out var error).Or(error) is { } read ? WireJson.Write(read) : null,
    };

    public static FuzzTarget Command() => new()
    {
        Name = "command",
        Seeds = Goldens("command.resend"),
        Bombs = [.. JsonBombs, .. JsonBombs.Select(bomb => bomb[..NodeCommand.MaxBytes])],
        MaxBytes = NodeCommand.MaxBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => WireJson.TryReadCommand(bytes, out var error).Or(error) is { } read ? WireJson.Write(read) : null,
    };

    public static FuzzTarget Status() => new()
    {
        Name = "status",
        Seeds = [.. Goldens("status.online"), "online"u8.ToArray(), "offline"u8.ToArray()],
        Bombs = JsonBombs,
        MaxBytes = WireJson.MaxMessageBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => WireJson.TryReadStatus(bytes, out var error).Or(error) is { } read ? WireJson.Write(read) : null,
    };

    public static FuzzTarget Packed()
    {
        byte[] Pack(params byte[][] messages) => PackedMessages.Write([.. messages.Select(m => (ReadOnlyMemory<byte>)m)]);
        byte[] OneLine(byte[] json) => WireJson.Write(WireJson.TryReadEvent(json, out _)!);
        var zeros = new MemoryStream();
        using (var deflate = new DeflateStream(zeros, CompressionLevel.SmallestSize, leaveOpen: true)) deflate.Write(new byte[60 << 20]);
        return new FuzzTarget
        {
            Name = "packed messages",
            Seeds = [Pack([.. Events().Select(OneLine)]), Pack("{}"u8.ToArray()), Pack([.. Enumerable.Repeat(OneLine(Events()[0]), 128)])],
            // 60 MB of zeros are 60 kB packed.
            Bombs =
            [
                [PackedMessages.Marker, .. zeros.ToArray()], Pack([.. Enumerable.Repeat("{}"u8.ToArray(), 5000)]),
                Pack(new byte[300_000]),
            ],
            MaxBytes = WireJson.MaxMessageBytes,
            BudgetBytes = 2 << 20,
            BudgetPerByte = 8,
            Read = bytes => PackedMessages.IsPacked(bytes) && PackedMessages.TryRead(bytes, out _) is { } read
                ? PackedMessages.Write([.. read])
                : null,
        };
    }

    /// <summary>Files carried by hand, as somebody without a key can change them.</summary>
    public static FuzzTarget Spool(TempFolder temp)
    {
        var (key, certificate) = Signer(temp);
        return SpoolTarget("file carried by hand", key, bytes => bytes, [SpoolContent(key, certificate)]) with { IsSealed = true };
    }

    /// <summary>The same by somebody who has a key and can seal what he wants: past the seal, to every line.</summary>
    public static FuzzTarget SealedSpool(TempFolder temp)
    {
        var (key, certificate) = Signer(temp);
        return SpoolTarget(
            "file carried by hand, sealed", key, bytes => Seal(bytes, key, certificate),
            [WithoutSeal(SpoolContent(key, certificate))]);
    }

    /// <summary>The same with a certificate that he made himself: whatever he likes stands in it.</summary>
    public static FuzzTarget CertificateOfSpool(TempFolder temp)
    {
        var (key, certificate) = Signer(temp);
        var content = WithoutSeal(SpoolContent(key, certificate));
        return SpoolTarget(
            "file carried by hand, its certificate", key,
            bytes => Seal(content, key, PemEncoding.WriteString("CERTIFICATE", bytes)),
            [Convert.FromBase64String(certificate[PemEncoding.Find(certificate).Base64Data])]);
    }

    /// <summary>A refusal has a reason, and one that can stand in a log: it may hold what a stranger wrote.</summary>
    public static T? Or<T>(this T? value, string error)
        where T : class
    {
        Assert.Equal(value is null, error.Length > 0);
        Assert.InRange(error.Length, 0, 250);
        Assert.DoesNotContain(error, char.IsControl);
        return value;
    }

    private static FuzzTarget SpoolTarget(string name, ECDsa key, Func<byte[], byte[]> make, byte[][] seeds) => new()
    {
        Name = name,
        Seeds = seeds,
        Words = [.. new[] { "\n", "\n\n", "{\"event\":", "{\"crop\":", "\"id\":", "{\"ack\":", "}\n" }.Select(Encoding.UTF8.GetBytes)],
        BudgetBytes = 512 * 1024,
        BudgetPerByte = 64,
        Costs = 4,
        RoundTrips = false, // it is sealed by its writer alone
        Owned = key,
        Read = bytes =>
        {
            var content = make(bytes);
            using var file = SpoolFile.TryRead(content, out var error);
            Assert.Equal(file is null, error.Length > 0);
            if (file is null) return null;
            _ = file.IsSignedUnder([]);
            // Every line is what it says, within what was signed.
            Assert.All(file.Lines, line => Assert.True(content.AsSpan().IndexOf(line.Message.Span) >= 0));
            return [];
        },
    };

    private static (ECDsa Key, string Certificate) Signer(TempFolder temp)
    {
        using var pki = new TestPki(temp.File("pki"));
        pki.Issue("node-7");
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(pki.KeyFile("node-7")));
        return (key, File.ReadAllText(pki.CertificateFile("node-7")));
    }

    private static byte[] SpoolContent(ECDsa key, string certificate)
    {
        var output = new MemoryStream();
        var header = new SpoolHeader(1, "node-7", new Guid("019c2f00-0000-7000-8000-0000000000aa"), 3, DateTimeOffset.UnixEpoch);
        using var writer = new SpoolWriter(output, header);
        foreach (var message in Events()) writer.AddEvent(WireJson.Write(WireJson.TryReadEvent(message, out _)!));
        writer.AddCrop(WireJson.Write(WireJson.TryReadChunk(Goldens("crop")[0], out _)!), Guid.Empty);
        writer.AddAck(WireJson.TryReadAck(Goldens("ack")[0], out _)!);
        writer.Seal(key, certificate);
        return output.ToArray();
    }

    private static byte[] WithoutSeal(byte[] content) => content[..(content.AsSpan(0, content.Length - 1).LastIndexOf((byte)'\n') + 1)];

    /// <summary>The seal made by hand, from its description (SpoolFile's lines of JSON).</summary>
    private static byte[] Seal(byte[] content, ECDsa key, string certificate)
    {
        if (content is not [.., (byte)'\n']) content = [.. content, (byte)'\n'];
        var seal = new JsonObject
        {
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content)),
            ["signature"] = Convert.ToBase64String(key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            ["certificate"] = certificate,
        };
        return [.. content, .. Encoding.UTF8.GetBytes(seal.ToJsonString()), (byte)'\n'];
    }

    /// <summary>The node of a topic; a topic is at most 64 kB by the protocol (MQTT 5, 1.5.4).</summary>
    public static FuzzTarget Topic() => new()
    {
        Name = "topic",
        Seeds = [.. new[] { Topics.Event("gate-1"), Topics.Crop("gate-1"), Topics.Status("a") }.Select(Encoding.UTF8.GetBytes)],
        Bombs = [Filled("picket/v1/", "/", ""), Filled("picket/v1/", "a", "/event")],
        Words = [.. new[] { "/", "//", "+", "#", "list", "$SYS/", "picket/v1/", "\0" }.Select(Encoding.UTF8.GetBytes)],
        BudgetBytes = 4096,
        BudgetPerByte = 48,
        Read = bytes =>
        {
            if (Topics.NodeOf(Encoding.UTF8.GetString(bytes)) is not { } node || !Topics.IsName(node)) return null;
            Assert.DoesNotContain(node, c => c is '/' or '+' or '#' or '\0');
            return Encoding.UTF8.GetBytes(Topics.Event(node));
        },
    };

    /// <summary><paramref name="piece"/> so often that the whole is just below the largest message.</summary>
    public static byte[] Filled(string start, string piece, string end) => Encoding.UTF8.GetBytes(
        start + string.Concat(Enumerable.Repeat(piece, (WireJson.MaxMessageBytes - start.Length - end.Length) / piece.Length)) + end);
}
