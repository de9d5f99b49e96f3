using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

/// <summary>Files are written by us and judged by openssl and sha256sum, or written by openssl and read by
/// us.</summary>
public sealed class SpoolFileTests : IDisposable
{
    private static readonly SpoolHeader Header = new(
        1, "node-7", new Guid("019c2f00-0000-7000-8000-0000000000aa"), 3, new DateTimeOffset(2026, 3, 1, 12, 0, 0, default));

    private static readonly byte[] Event = """{"v":1,"any":"thing"}"""u8.ToArray();

    private readonly TempFolder _temp = new();
    private readonly TestPki _pki;

    public SpoolFileTests()
    {
        _pki = new TestPki(_temp.File("pki"));
        _pki.Issue("node-7");
    }

    public void Dispose()
    {
        _pki.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void TryRead_WhatWasWritten_IsAllOfItAsItWas()
    {
        var ack = new Ack(1, "node-7", [Guid.CreateVersion7()]);
        var crop = Guid.CreateVersion7();
        var content = Write(writer =>
        {
            writer.AddEvent(Event);
            writer.AddCrop("""{"chunk":0}"""u8, crop);
            writer.AddAck(ack);
        });

        using var file = SpoolFile.TryRead(content, out var error);

        Assert.Equal("", error);
        Assert.Equal((Header, "node-7"), (file!.Header, file.Signer));
        Assert.Equal(
            [SpoolLineKind.Event, SpoolLineKind.Crop, SpoolLineKind.Ack], file.Lines.Select(line => line.Kind));
        Assert.Equal(Event, file.Lines[0].Message.ToArray());
        Assert.Equal("""{"chunk":0}"""u8, file.Lines[1].Message.Span);
        Assert.Equal(ack.Ids, WireJson.TryReadAck(file.Lines[2].Message.Span, out _)!.Ids);
        // The format that the other side, and a person with a text editor, relies on.
        var lines = Encoding.UTF8.GetString(content).Split('\n');
        Assert.Equal(
            """{"v":1,"node":"node-7","epoch":"019c2f00-0000-7000-8000-0000000000aa","number":3,"created":"2026-03-01T12:00:00+00:00"}""",
            lines[0]);
        Assert.Equal("""{"event":{"v":1,"any":"thing"}}""", lines[1]);
        Assert.Equal($$"""{"crop":{"chunk":0},"id":"{{crop}}"}""", lines[2]);
    }

    [Fact]
    public void Seal_JudgedByOpenssl_IsValid()
    {
        var content = Write(writer => writer.AddEvent(Event));
        var sealAt = content.AsSpan(0, content.Length - 1).LastIndexOf((byte)'\n') + 1;
        File.WriteAllBytes(_temp.File("signed"), content[..sealAt]);
        var seal = System.Text.Json.Nodes.JsonNode.Parse(content.AsSpan(sealAt))!;
        File.WriteAllBytes(_temp.File("signature"), Convert.FromBase64String((string)seal["signature"]!));
        File.WriteAllText(_temp.File("signer.pem"), (string)seal["certificate"]!);
        var (_, key) = OpenSsl.Run("x509", "-in", _temp.File("signer.pem"), "-pubkey", "-noout");
        File.WriteAllText(_temp.File("key.pem"), key);

        var verified = OpenSsl.Run(
            "dgst", "-sha256", "-verify", _temp.File("key.pem"), "-signature", _temp.File("signature"), _temp.File("signed"));
        var hash = OpenSsl.Run("dgst", "-sha256", "-r", _temp.File("signed"));

        Assert.Equal((0, "Verified OK\n"), verified);
        Assert.StartsWith((string)seal["sha256"]! + " ", hash.Output);
    }

    [Fact]
    public void TryRead_SignedByOpenssl_IsRead()
    {
        var signed = "{\"v\":1,\"node\":\"node-7\",\"epoch\":\"019c2f00-0000-7000-8000-0000000000aa\",\"number\":1,"
            + "\"created\":\"2026-03-01T12:00:00Z\"}\n{\"event\":{\"v\":1},\"note\":[\"of a later build\"]}\n";
        File.WriteAllText(_temp.File("signed"), signed);
        Assert.Equal(0, OpenSsl.Run(
            "dgst", "-sha256", "-sign", _pki.KeyFile("node-7"), "-out", _temp.File("signature"), _temp.File("signed")).ExitCode);
        var hash = OpenSsl.Run("dgst", "-sha256", "-r", _temp.File("signed")).Output[..64];
        var seal = new System.Text.Json.Nodes.JsonObject
        {
            ["sha256"] = hash,
            ["signature"] = Convert.ToBase64String(File.ReadAllBytes(_temp.File("signature"))),
            ["certificate"] = File.ReadAllText(_pki.CertificateFile("node-7")),
        };

        using var file = SpoolFile.TryRead(Encoding.UTF8.GetBytes(signed + seal.ToJsonString() + "\n"), out var error);

        Assert.Equal("", error);
        Assert.Equal("""{"v":1}"""u8, Assert.Single(file!.Lines).Message.Span);
        Assert.True(file.IsSignedUnder(Authorities(_pki.CaFile)));
    }

    [Fact]
    public void IsSignedUnder_AnotherAuthority_IsFalse()
    {
        using var stranger = new TestPki(_temp.File("stranger"));
        using var file = SpoolFile.TryRead(Write(writer => writer.AddEvent(Event)), out _);

        Assert.False(file!.IsSignedUnder(Authorities(stranger.CaFile)));
        Assert.False(file.IsSignedUnder([]));
        // With a rotation's two authorities either one does.
        var both = Authorities(stranger.CaFile);
        both.AddRange(Authorities(_pki.CaFile));
        Assert.True(file.IsSignedUnder(both));
    }

    [Fact]
    public void TryRead_AnyByteChanged_IsRefused()
    {
        var content = Write(writer => writer.AddEvent(Event));
        for (var i = 0; i < content.Length; i++)
        {
            var changed = content.ToArray();
            changed[i] ^= 1;
            using var file = SpoolFile.TryRead(changed, out _);
            // Only in the seal's own text may something change and nothing be said with it: a letter's case in the
            // certificate's frame is not one of them.
            if (file is not null) Assert.Equal(Event, Assert.Single(file.Lines).Message.ToArray());
            Assert.True(file is null || i > content.AsSpan(0, content.Length - 1).LastIndexOf((byte)'\n'), $"byte {i}");
        }
    }

    [Fact]
    public void TryRead_EveryTruncation_IsRefused()
    {
        var content = Write(writer => writer.AddEvent(Event));
        for (var length = 0; length < content.Length; length++)
        {
            Assert.Null(SpoolFile.TryRead(content.AsMemory(0, length), out var error));
            Assert.NotEqual("", error);
        }
    }

    /// <summary>Signed as it should be, and still nothing that a reader may take: what a compromised node can
    /// write.</summary>
    [Theory]
    [InlineData("{\"event\":[]}")]
    [InlineData("{\"event\":{}} {}")]
    [InlineData("{\"event\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}}}")]
    [InlineData("{\"other\":{}}")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("\u0000")]
    public void TryRead_SignedLineThatIsNone_IsRefused(string line)
    {
        var content = WriteRaw(Encoding.UTF8.GetBytes(line + "\n"));

        Assert.Null(SpoolFile.TryRead(content, out var error));
        Assert.Contains("line 2", error);
    }

    [Theory]
    [InlineData("\"v\":1", "\"v\":2", "schema version 2")]
    [InlineData("node-7", "../node", "names no node")]
    [InlineData("\"number\":3", "\"number\":0", "below 1")]
    public void TryRead_SignedHeaderThatIsNone_IsRefused(string from, string to, string expected)
    {
        var header = Encoding.UTF8.GetString(Write(_ => { })).Split('\n')[0].Replace(from, to, StringComparison.Ordinal);

        Assert.Null(SpoolFile.TryRead(WriteRaw([], Encoding.UTF8.GetBytes(header + "\n")), out var error));
        Assert.Contains(expected, error);
    }

    [Fact]
    public void TryRead_LineOrFileAboveTheLimit_IsRefused()
    {
        Assert.Null(SpoolFile.TryRead(new byte[(16 << 20) + 1], out var error));
        Assert.Contains("at most 16777216", error);
        var line = new byte[(64 << 10) + (8 << 10) + 1];
        line.AsSpan().Fill((byte)'x');
        Assert.Null(SpoolFile.TryRead(WriteRaw([.. line, (byte)'\n']), out error));
        Assert.Contains("a line of", error);
    }

    [Fact]
    public void Takes_FilledUp_StaysBelowTheLimitAndIsRead()
    {
        var message = Encoding.UTF8.GetBytes($"{{\"x\":\"{new string('x', 60_000)}\"}}");
        var content = Write(writer =>
        {
            while (writer.Takes(message.Length)) writer.AddEvent(message);
        });

        using var file = SpoolFile.TryRead(content, out var error);

        Assert.Equal("", error);
        Assert.InRange(content.Length, (16 << 20) - 120_000, 16 << 20);
    }

    [Fact]
    public void Create_SealedOrNot_LeavesTheWholeFileOrNothing()
    {
        var path = _temp.File(Header.EventsFile);
        File.WriteAllText(path + ".partial", "of a cut");
        using (var unfinished = SpoolWriter.Create(path, Header)) unfinished.AddEvent(Event);
        Assert.Empty(Directory.GetFiles(_temp.Path));

        using (var writer = SpoolWriter.Create(path, Header))
        {
            writer.AddEvent(Event);
            Seal(writer);
        }

        Assert.Equal([path], Directory.GetFiles(_temp.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Matches(new Regex("^node-7-019c2f00-0000-7000-8000-0000000000aa-3[.]picket$"), Path.GetFileName(path));
        using var file = SpoolFile.TryOpen(path, out var error);
        Assert.Equal(("", 1), (error, file!.Lines.Count));
    }

    private byte[] Write(Action<SpoolWriter> fill)
    {
        using var output = new MemoryStream();
        using var writer = new SpoolWriter(output, Header);
        fill(writer);
        Seal(writer);
        return output.ToArray();
    }

    /// <summary>A file of any lines with a true signature, put together here.</summary>
    private byte[] WriteRaw(byte[] lines, byte[]? header = null)
    {
        header ??= Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Write(_ => { })).Split('\n')[0] + "\n");
        byte[] signed = [.. header, .. lines];
        using var key = Key();
        var seal = new System.Text.Json.Nodes.JsonObject
        {
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(signed)),
            ["signature"] = Convert.ToBase64String(
                key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            ["certificate"] = File.ReadAllText(_pki.CertificateFile("node-7")),
        };
        return [.. signed, .. Encoding.UTF8.GetBytes(seal.ToJsonString() + "\n")];
    }

    private void Seal(SpoolWriter writer)
    {
        using var key = Key();
        writer.Seal(key, File.ReadAllText(_pki.CertificateFile("node-7")));
    }

    private ECDsa Key()
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_pki.KeyFile("node-7")));
        return key;
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities;
    }
}
