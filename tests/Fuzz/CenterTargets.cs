using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Fuzz;

/// <summary>What nodes, operators and browsers send to the center.</summary>
internal static class CenterTargets
{
    public static FuzzTarget EventCheck() => new()
    {
        Name = "center's check of events",
        Seeds = [.. WireTargets.Events(), Foreign],
        Bombs =
        [
            .. WireTargets.JsonBombs, ForeignBomb("[", "0,", "0]"),
            ForeignBomb("{\"a\":", "[],", "{}}"), ForeignBomb("{", "\"a\":{},", "\"b\":1}"),
        ],
        MaxBytes = WireJson.MaxMessageBytes,
        BudgetBytes = 128 * 1024,
        BudgetPerByte = 64,
        Read = bytes =>
        {
            if (Picket.Center.Receive.EventCheck.Read("node-7", bytes, out var error) is not { } read)
            {
                Assert.NotEqual("", error);
                return null;
            }
            Assert.Equal("node-7", read.Envelope.Node);
            using var body = JsonDocument.Parse(read.BodyJson); // what is stored can be read again
            return read.Foreign is { } foreign ? Encoding.UTF8.GetBytes(foreign.Json) : WireJson.Write(read.Envelope);
        },
    };

    /// <summary>What passed the check is stored, and shown on the page: neither may fail on it.</summary>
    public static FuzzTarget StoreAndPage(TempFolder temp)
    {
        var path = temp.File("center.db");
        var store = CenterStore.Open(path);
        var reader = store.Reader;
        return new FuzzTarget
        {
            Name = "center's database and page",
            Seeds = [.. WireTargets.Events(), Foreign],
            BudgetBytes = 2 << 20,
            BudgetPerByte = 256,
            Costs = 4,
            RoundTrips = false,
            Owned = store,
            Read = bytes =>
            {
                if (Picket.Center.Receive.EventCheck.Read("node-7", bytes, out _) is not { } read) return null;
                var before = reader.LastChange();
                var result = store.CommitAsync([read], [], DateTimeOffset.UnixEpoch).GetAwaiter().GetResult();
                Assert.Equal([("node-7", read.Envelope.Id)], result.Acknowledged);
                var shown = reader.ChangedAfter(before, 2).Concat(reader.Page(null, 2))
                    .Select(row => AlertView.From(row, OperatorRole.Administrator)).ToArray();
                Assert.NotEmpty(reader.Nodes());
                new AlertPrinter(TextWriter.Null, json: true, TimeProvider.System).Print(result.Stored);
                new AlertPrinter(TextWriter.Null, json: false, TimeProvider.System).Print(result.Stored);
                return JsonSerializer.SerializeToUtf8Bytes(shown, WebJson.Default.AlertViewArray);
            },
        };
    }

    public static FuzzTarget Request(TempFolder temp) => RequestTarget(
        "certificate request", Requests(temp), bytes => Encoding.UTF8.GetString(bytes), text => Encoding.UTF8.GetBytes(text));

    /// <summary>The same with the bytes inside the PEM changed: past the first look, to the decoder of certificates.</summary>
    public static FuzzTarget RequestDer(TempFolder temp) => RequestTarget(
        "certificate request, its DER", Requests(temp),
        bytes => PemEncoding.WriteString("CERTIFICATE REQUEST", bytes),
        text => Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]));

    public static FuzzTarget Nodes(TempFolder temp)
    {
        var folder = new StateFolder(temp.Path);
        PrivateFiles.CreateFolder(folder.BrokerFolder);
        PrivateFiles.Write(folder.BrokerConfiguration, ""); // then it writes the access list as well
        var entry = new NodeEntry(
            "gate-1", "00AB", new string('a', 64), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(825));
        var registry = NodeRegistry.Load(folder);
        registry.Put(entry);
        registry.Put(entry with { Name = "gate-2" });
        registry.Save();
        return new FuzzTarget
        {
            Name = "node list",
            Seeds = [File.ReadAllBytes(folder.Nodes)],
            Refusal = typeof(PicketException),
            BudgetBytes = 256 * 1024,
            BudgetPerByte = 64,
            Costs = 4,
            Read = bytes =>
            {
                File.WriteAllBytes(folder.Nodes, bytes);
                var read = NodeRegistry.Load(folder);
                read.Save();
                // Nobody gets into the access list but by a node's name.
                var users = File.ReadLines(folder.BrokerAcl).Where(line => line.StartsWith("user ", StringComparison.Ordinal));
                var admitted = read.Nodes.Where(node => node.Revoked is null).Select(node => $"user {node.Name}");
                Assert.Equal(["user center", "user center.sweep", .. admitted], users);
                return File.ReadAllBytes(folder.Nodes);
            },
        };
    }

    public static FuzzTarget Cursor() => new()
    {
        Name = "cursor of the page",
        Seeds = WireTargets.Texts("1773489600000000.019c2f0000000000700080000000000a", "-1.ffffffffffffffffffffffffffffffff"),
        Bombs = [WireTargets.Filled("", ".", ""), WireTargets.Filled("", "9", ".")],
        Words = [.. new[] { ".", "-", "+", " ", "9223372036854775807", "-9223372036854775808", "0x", "e5" }.Select(Encoding.UTF8.GetBytes)],
        BudgetBytes = 4096,
        BudgetPerByte = 48,
        Read = bytes => AlertView.ReadCursor(Encoding.UTF8.GetString(bytes)) is var (firstAt, passage)
            ? Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{firstAt}.{passage:N}"))
            : null,
    };

    private static readonly byte[] Foreign = Encoding.UTF8.GetBytes("""
        {"v":1,"id":"019c2f00-0000-7000-8000-000000000001","node":"node-7","camera":"gate-2","epoch":"019c2f00-0000-7000-8000-0000000000aa",
        "seq":1,"at":"2026-03-01T12:00:00.25+00:00","mono":1500000000,"kind":"smoke.seen","passage":"019c2f00-0000-7000-8000-0000000000bb",
        "phase":"new","rev":0,"later":{"x":["y",1.5,null]},"body":{"smoke":{"density":0.5,"where":"roof"}}}
        """);

    private static byte[] ForeignBomb(string start, string piece, string end)
    {
        var text = Encoding.UTF8.GetString(Foreign);
        var place = text.IndexOf("{\"smoke\"", StringComparison.Ordinal);
        return WireTargets.Filled(text[..place] + "{\"smoke\":" + start, piece, end + "}}");
    }

    private static FuzzTarget RequestTarget(
        string name, byte[][] pems, Func<byte[], string> toText, Func<string, byte[]> fromText) => new()
        {
            Name = name,
            Seeds = [.. pems.Select(pem => fromText(Encoding.UTF8.GetString(pem)))],
            Bombs =
            [
                WireTargets.Filled("-----BEGIN CERTIFICATE REQUEST-----\n", "MIIB", "\n-----END CERTIFICATE REQUEST-----\n")[..16_000],
            ],
            Words = WireTargets.Texts(
                "-----BEGIN CERTIFICATE REQUEST-----\n", "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE REQUEST-----\n"),
            Refusal = typeof(PicketException),
            BudgetBytes = 256 * 1024,
            BudgetPerByte = 64,
            Costs = 2,
            RoundTrips = false, // only the holder of the key can write one
            Read = bytes =>
            {
                var request = NodeRequest.Parse(toText(bytes), "test");
                Assert.True(NodeRequest.IsAllowed(request.Name));
                return Encoding.UTF8.GetBytes(request.Name);
            },
        };

    /// <summary>Made by openssl, as a stranger's node would: one with attributes and extensions, one without.</summary>
    private static byte[][] Requests(TempFolder temp)
    {
        var plain = OpenSsl.NewRequest(temp, "/CN=gate-1").Request;
        var more = OpenSsl.NewRequest(
            temp, "/CN=gate-2", "prime256v1", "-addext", "subjectAltName=DNS:center", "-addext", "basicConstraints=CA:TRUE").Request;
        return [File.ReadAllBytes(plain), File.ReadAllBytes(more)];
    }
}
