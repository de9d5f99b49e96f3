using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Picket.Agent.Config;
using Picket.Agent.Plates.Lists;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Fuzz;

/// <summary>Valid values of every form, written and read: the same comes back.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Event_AnyValid_ComesBack() => Property.Holds(Gens.Event, message =>
    {
        var bytes = WireJson.Write(message);
        var read = WireJson.TryReadEvent(bytes, out var error);
        Assert.Equal("", error);
        Assert.Equal(bytes, WireJson.Write(read!));
        Assert.Equal((message.Id, message.Seq, message.At, message.Node), (read!.Id, read.Seq, read.At, read.Node));
    });

    [Fact]
    public void Event_AnyValid_PassesTheCentersCheckAndKeepsItsBody() => Property.Holds(Gens.Event, message =>
    {
        var bytes = WireJson.Write(message);
        var received = EventCheck.Read(message.Node, bytes, out var error);
        Assert.Equal("", error);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(bytes)!["body"], JsonNode.Parse(received!.BodyJson)));
        Assert.Null(EventCheck.Read(message.Node + "x", bytes, out _));
    });

    [Fact]
    public void Event_AnyValid_ReadAsAHeader_HasTheSameIdentity() => Property.Holds(Gens.Event, message =>
    {
        var header = WireJson.TryReadHeader(WireJson.Write(message), out _)!;
        Assert.Equal(
            (message.Id, message.Node, message.Epoch, message.Seq, message.At, message.Passage, message.Phase, message.Rev),
            (header.Id, header.Node, header.Epoch, header.Seq, header.At, header.Passage, header.Phase, header.Rev));
    });

    [Fact]
    public void Ack_AnyValid_ComesBack() => Property.Holds(
        from node in Gens.Name
        from ids in Gens.Id.ListOf()
        select new Ack(1, node, [.. ids.Take(Ack.MaxIds)]),
        ack =>
        {
            var read = WireJson.TryReadAck(WireJson.Write(ack), out var error);
            Assert.Equal("", error);
            Assert.Equal((ack.Node, ack.V), (read!.Node, read.V));
            Assert.Equal(ack.Ids, read.Ids);
        });

    [Fact]
    public void Topics_AnyNode_AreItsOwn() => Property.Holds(
        from node in Gens.Name.Where(name => name != Topics.ListLevel)
        select node,
        node => Assert.All(
            (string[])[Topics.Event(node), Topics.Crop(node), Topics.Status(node), Topics.Ack(node), Topics.Command(node)],
            topic => Assert.Equal(node, Topics.NodeOf(topic))));

    /// <summary>Chunks in any order, some of them more than once, those of two crops mixed.</summary>
    [Fact]
    public void CropAssembly_AnyOrderAndRepetition_GivesTheCrop()
    {
        var order =
            from size in Gen.Choose(5, 20_000)
            from shuffled in Gen.Shuffle(Enumerable.Range(0, 2 * Chunks(size)).ToArray())
            from repeated in Gen.SubListOf(Enumerable.Range(0, 2 * Chunks(size)).ToArray())
            select (size, order: (int[])[.. repeated, .. shuffled]);
        Property.Holds(order, one =>
        {
            byte[] jpeg = [0xFF, 0xD8, 0xFF, .. new byte[one.size - 5], 0xFF, 0xD9];
            var count = Chunks(one.size);
            Guid[] crops = [Guid.CreateVersion7(), Guid.CreateVersion7()];
            var assembly = new CropAssembly(TimeProvider.System);
            var whole = new List<ReceivedCrop>();
            foreach (var place in one.order)
            {
                var index = place % count;
                var piece = jpeg.Skip(index * CropChunk.MaxDataBytes).Take(CropChunk.MaxDataBytes).ToArray();
                var chunk = new CropChunk(1, crops[place / count], "n", crops[0], index, count, piece);
                if (assembly.Add(WireJson.TryReadChunk(WireJson.Write(chunk), out _)!, out var error) is { } crop) whole.Add(crop);
                Assert.Equal("", error);
            }
            Assert.All(crops, id => Assert.Contains(whole, crop => crop.Id == id));
            Assert.All(whole, crop => Assert.Equal(jpeg, crop.Jpeg));
        }, costs: 4);

        static int Chunks(int size) => (size + CropChunk.MaxDataBytes - 1) / CropChunk.MaxDataBytes;
    }

    [Fact]
    public void Cursor_AnyPlace_ComesBack() => Property.Holds(
        from at in Gens.Moment
        from id in Gens.Id
        select (UnixMicroseconds.From(at), id),
        place => Assert.Equal(
            place, AlertView.ReadCursor(string.Create(CultureInfo.InvariantCulture, $"{place.Item1}.{place.id:N}"))));

    /// <summary>A request for any name at all, made by the framework: signed exactly if it is a node's name.</summary>
    [Fact]
    public void Request_AnyName_IsTakenExactlyIfItIsANodes()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = Gen.OneOf(
            Gens.Name, Gens.Text, Gen.Elements("center", "broker", "list", "op-ann", "Gate", "gate 1", "gate/1", "gate+", "-a"));
        Property.Holds(names.Where(name => name.Length is > 0 and <= 64 && !name.Contains('\0')), name =>
        {
            var subject = new X500DistinguishedNameBuilder();
            subject.AddCommonName(name);
            var pem = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            // By hand: lower-case letters, digits, hyphens, at most 63, and none of the site's own names.
            if (Regex.IsMatch(name, @"\A(?!op-)[a-z0-9][a-z0-9-]{0,62}\z") && name is not "center" and not "broker" and not "list")
            {
                Assert.Equal(name, NodeRequest.Parse(pem, "test").Name);
                return;
            }
            var refusal = Assert.Throws<PicketException>(() => NodeRequest.Parse(pem, "test"));
            Assert.DoesNotContain(refusal.Message, char.IsControl); // it goes to a terminal
        }, costs: 4);
    }

    [Fact]
    public void PlateList_AnyLines_ComeBack()
    {
        var line =
            from plate in Gens.Plate.Select(plate => plate[..Math.Min(plate.Length, PlateText.MaxLength)])
            from note in Gens.Text.Where(note => note.Length <= PlateListFile.MaxNoteLength && !note.Any(char.IsControl))
            from day in Gens.Optional(Gen.Choose(0, DateOnly.MaxValue.DayNumber))
            from priority in Gen.Choose(0, 9)
            select (plate, note: note.Trim(), day, priority);
        Property.Holds(line.NonEmptyListOf().Select(lines => lines.DistinctBy(one => one.plate).ToArray()), lines =>
        {
            var path = _temp.File("list.csv");
            File.WriteAllLines(path, lines.Select(one => string.Join(
                ',', one.plate, $"\"{one.note.Replace("\"", "\"\"")}\"",
                one.day is { } day ? $"{DateOnly.FromDayNumber(day):yyyy-MM-dd}" : "", one.priority == 0 ? "" : $"{one.priority}")));
            var (entries, _, problems) = PlateListFile.Read(path);
            Assert.DoesNotContain(problems, problem => problem.IsLeftOut);
            Assert.Equal(
                lines.Select(one => (one.plate, one.note, one.day ?? int.MaxValue, (byte)one.priority)),
                entries.Select(entry => (entry.Plate.ToString(), entry.Note, entry.LastDay, entry.Priority)));
        }, costs: 4);
    }

    [Fact]
    public void Configuration_AnyValid_IsReadAsItIsWritten()
    {
        var camera =
            from name in Gens.Name
            from user in Gens.Text.Where(text => text.Length > 0)
            from rate in Gen.Choose(1, 240).Select(i => i / 4.0)
            from face in Gen.Choose(0, 2000)
            from flags in Gen.Elements(false, true).ArrayOf(3)
            from masks in Gen.Choose(0, 1024).Select(i => i / 1024f).ArrayOf(8).ListOf()
            from regions in Gen.SubListOf("pk", "in", "eu", "us")
            select new CameraConfig
            {
                Name = name,
                Url = $"rtsp://10.0.0.7/{name}",
                User = user,
                AnalysisPerSecond = rate,
                SmallestFacePixels = face,
                Faces = flags[0],
                Plates = flags[1],
                PlateCrops = flags[2],
                Regions = [.. regions],
                Masks = [.. masks.Take(8).Select(mask => mask.Chunk(2).Select(xy => new Vector2(xy[0], xy[1])).ToArray())],
            };
        var config =
            from node in Gens.Name
            from cameras in camera.NonEmptyListOf()
            from ports in Gen.Choose(1, 65535).ListOf()
            from megabytes in Gen.Choose(4, 1 << 20)
            select new NodeConfig
            {
                Node = node,
                StateFolder = "/var/lib/picket",
                Cameras = [.. cameras.DistinctBy(one => one.Name).Take(ConfigLoader.MaxCameras)],
                Link = new LinkConfig { Endpoints = [.. ports.Take(8).Select(port => new EndpointConfig("center.example", port))] },
                Outbox = new OutboxConfig { BudgetBytes = (long)megabytes << 20 },
            };
        Property.Holds(config, written =>
        {
            var read = ConfigLoader.Parse(Yaml(written), "/etc/picket/picket.yaml");
            Assert.Equal((written.Node, written.Outbox), (read.Node, read.Outbox));
            Assert.Equal(written.Link.Endpoints, read.Link.Endpoints);
            Assert.Equal(written.Cameras.Select(Flat), read.Cameras.Select(Flat));
        }, costs: 2);

        static string Flat(CameraConfig one) => string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Name} {one.Url} {one.User} {one.AnalysisPerSecond} {one.SmallestFacePixels} ")
            + $"{one.Faces} {one.Plates} {one.PlateCrops} {string.Join(',', one.Regions)} "
            + string.Join(';', one.Masks.Select(mask => string.Join(' ', mask)));
    }

    /// <summary>Written by hand here: what a person would write, with texts as JSON strings, which YAML 1.2 takes (chapter
    /// 1.3).</summary>
    private static string Yaml(NodeConfig config)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"node: {Quoted(config.Node)}\nstate: {config.StateFolder}\ncameras:\n");
        foreach (var camera in config.Cameras)
        {
            text.Append($"  - name: {Quoted(camera.Name)}\n    url: {camera.Url}\n    user: {Quoted(camera.User!)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    analysisPerSecond: {camera.AnalysisPerSecond}\n");
            text.Append(CultureInfo.InvariantCulture, $"    smallestFacePixels: {camera.SmallestFacePixels}\n");
            text.Append($"    faces: {Word(camera.Faces)}\n    plates: {Word(camera.Plates)}\n    plateCrops: {Word(camera.PlateCrops)}\n");
            text.Append($"    regions: [{string.Join(", ", camera.Regions)}]\n    {(camera.Masks.Count > 0 ? "masks:" : "masks: []")}\n");
            foreach (var mask in camera.Masks)
                text.Append($"      - [{string.Join(", ", mask.Select(Corner))}]\n");
        }
        text.Append($"link:\n  endpoints: [{string.Join(", ", config.Link.Endpoints.Select(one => $"{one.Host}:{one.Port}"))}]\n");
        text.Append(CultureInfo.InvariantCulture, $"outbox: {{budgetMegabytes: {config.Outbox.BudgetBytes >> 20}}}\n");
        return text.ToString();

        static string Corner(Vector2 corner) => string.Create(CultureInfo.InvariantCulture, $"[{corner.X}, {corner.Y}]");

        static string Word(bool flag) => flag ? "true" : "false";

        static string Quoted(string text) => JsonValue.Create(text).ToJsonString();
    }
}
