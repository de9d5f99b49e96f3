using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

/// <summary>Files as a node writes them, signed with keys and certificates that openssl and the site made.</summary>
public sealed class SpoolImportTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _folder;
    private readonly CenterStore _store;
    private readonly Guid _epoch = Guid.CreateVersion7();
    private int _files;

    public SpoolImportTests()
    {
        _folder = new StateFolder(_temp.File("site"));
        // A site that is older than a node's certificate lasts (825 days).
        Enrollment.CreateSite(_folder, [], "127.0.0.1", 8883, Clocks.InDays(-1000));
        _store = CenterStore.Open(_folder.Database);
    }

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Import_EventsAndCrops_AreStoredAndAcknowledgedInASignedFile()
    {
        var node = Join("gate-1", _folder);
        var face = Face(1);
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 7, 7, 0xFF, 0xD9];
        var crop = Guid.CreateVersion7();
        var path = Write(node, [face, Face(2)], Chunk(crop, face.Id, 0, jpeg[..4]), Chunk(crop, face.Id, 1, jpeg[4..]));

        var result = await Import(path);

        Assert.Null(result.Error);
        Assert.Equal((2, 0, 1, 0), (result.Stored, result.Duplicates, result.Crops, result.Refused));
        Assert.Equal(jpeg, _store.Reader.Crop(crop));
        using var acks = SpoolFile.TryOpen(result.AcksFile!, out var error);
        Assert.Equal("", error);
        Assert.Equal(("center", "gate-1"), (acks!.Signer, acks.Header.Node));
        Assert.True(acks.IsSignedUnder(Authorities(_folder)));
        var ids = acks.Lines.SelectMany(line => WireJson.TryReadAck(line.Message.Span, out _)!.Ids).ToHashSet();
        Assert.Equal(3, ids.Count);
        Assert.Superset(new HashSet<Guid> { face.Id, crop }, ids);
    }

    [Fact]
    public async Task Import_Again_StoresNothingTwiceAndAcknowledgesAgain()
    {
        var path = Write(Join("gate-1", _folder), [.. Enumerable.Range(1, 1200).Select(seq => Face(seq))]);
        Assert.Equal(1200, (await Import(path)).Stored);
        var again = await Import(path);
        Assert.Equal((0, 1200), (again.Stored, again.Duplicates));
        using var acks = SpoolFile.TryOpen(again.AcksFile!, out _);
        Assert.Equal(1200, acks!.Lines.Sum(line => WireJson.TryReadAck(line.Message.Span, out _)!.Ids.Length));
        Assert.Equal(1200, _store.Reader.Epochs("gate-1", 1)[0].Messages);
    }

    // As the certificate's times are not looked at: what a node wrote while it was valid counts.
    [Fact]
    public async Task Import_CertificateThatExpired_Counts()
    {
        var node = Join("gate-1", _folder, Clocks.InDays(-900));
        Assert.True(node.Certificate.NotAfter < DateTime.Now);
        Assert.Equal(1, (await Import(Write(node, [Face(1)]))).Stored);
    }

    [Fact]
    public async Task Import_PipeDeviceOrLink_IsRefusedAndNotWaitedFor()
    {
        await SpecialFile.PipeAsync(_temp.File("pipe.picket"));
        SpecialFile.DanglingLink(_temp.File("dangling.picket"));
        File.CreateSymbolicLink(_temp.File("link.picket"), "/dev/zero");

        await Refused(_temp.File("pipe.picket"), "pipe");
        await Refused("/dev/zero", "device");
        await Refused(_temp.File("dangling.picket"), "link");
        await Refused(_temp.File("link.picket"), "link");
    }

    /// <summary>The other files of the stick go on.</summary>
    [Fact]
    public async Task Import_AcksCantBeWritten_StoresAndSaysSo()
    {
        var path = Write(Join("gate-1", _folder), [Face(1)]);
        Directory.CreateDirectory(Path.ChangeExtension(path, ".acks"));

        var result = await Import(path);

        Assert.Equal((1, false), (result.Stored, result.IsWhole));
        Assert.Contains("--acks", result.AcksFault);
    }

    [Fact]
    public async Task Import_NodeOfAnotherSite_IsRefused()
    {
        var other = new StateFolder(_temp.File("other"));
        Enrollment.CreateSite(other, [], "127.0.0.1", 8883, TimeProvider.System);
        Join("gate-1", _folder);
        await Refused(Write(Join("gate-1", other), [Face(1)]), "not of this site");
    }

    [Fact]
    public async Task Import_RevokedNode_IsRefused()
    {
        var node = Join("gate-1", _folder);
        var registry = NodeRegistry.Load(_folder);
        registry.Revoke("gate-1", DateTimeOffset.UtcNow);
        registry.Save();
        await Refused(Write(node, [Face(1)]), "revoked");
    }

    [Fact]
    public async Task Import_SignedByAnotherNode_IsRefused()
    {
        Join("gate-1", _folder);
        var other = Join("gate-2", _folder);
        var path = Write(other with { Name = "gate-1" }, [Face(1)]);
        await Refused(path, "signed by 'gate-2'");
    }

    [Fact]
    public async Task Import_ByteChanged_IsRefused()
    {
        var path = Write(Join("gate-1", _folder), [Face(1)]);
        var text = await File.ReadAllTextAsync(path);
        Assert.Contains("Ann Example", text);
        await File.WriteAllTextAsync(path, text.Replace("Ann Example", "Bob Example"));
        await Refused(path, "changed since it was signed");
    }

    [Fact]
    public async Task Import_EnvelopeOfAnotherNode_IsRefusedAloneAndNotAcknowledged()
    {
        var forged = Events.Face("gate-2", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
        var result = await Import(Write(Join("gate-1", _folder), [Face(1), forged]));
        Assert.Equal((1, 1), (result.Stored, result.Refused));
        Assert.Contains("'gate-2'", result.FirstRefusal);
        Assert.False(result.IsWhole);
        Assert.DoesNotContain($"{forged.Id:D}", await File.ReadAllTextAsync(result.AcksFile!));
        Assert.Equal(["gate-1"], _store.Reader.Nodes().Select(node => node.Node));
    }

    [Fact]
    public async Task Import_WhatTheLineBrought_IsStoredOnce()
    {
        var face = Face(1);
        var path = Write(Join("gate-1", _folder), [face, Face(2)]);
        using var live = CenterStore.Open(_folder.Database);
        await live.CommitAsync([face.Received()], [], Events.Noon);
        var result = await Import(path);
        Assert.Equal((1, 1), (result.Stored, result.Duplicates));
    }

    private async Task Refused(string path, string reason)
    {
        var result = await Import(path);
        Assert.Contains(reason, result.Error);
        Assert.Empty(_store.Reader.Nodes());
        Assert.Empty(Directory.GetFiles(_temp.Path, "*" + SpoolFile.AcksExtension));
    }

    private async Task<ImportResult> Import(string path)
    {
        using var center = X509Certificate2.CreateFromPemFile(_folder.CenterCertificate, _folder.CenterKey);
        return await new SpoolImport(
            _store, NodeRegistry.Load(_folder), Authorities(_folder), center, NullLogger.Instance, TimeProvider.System)
            .ImportAsync(path, _temp.Path, CancellationToken.None);
    }

    private EventEnvelope Face(long seq) =>
        Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0);

    private static CropChunk Chunk(Guid id, Guid @event, int index, byte[] data) =>
        new(1, id, "gate-1", @event, index, 2, data);

    private string Write(Node node, EventEnvelope[] events, params CropChunk[] chunks)
    {
        var header = new SpoolHeader(1, node.Name, _epoch, ++_files, Events.Noon);
        var path = _temp.File(header.EventsFile);
        using var writer = SpoolWriter.Create(path, header);
        foreach (var sent in events) writer.AddEvent(WireJson.Write(sent));
        foreach (var chunk in chunks) writer.AddCrop(WireJson.Write(chunk), chunk.Id);
        writer.Seal(node.Key, node.Certificate.ExportCertificatePem());
        return path;
    }

    private Node Join(string name, StateFolder folder, TimeProvider? time = null)
    {
        var (key, request) = OpenSsl.NewRequest(_temp, $"/CN={name}");
        var signed = Enrollment.Sign(
            folder, File.ReadAllText(request), request, name, false, time ?? TimeProvider.System);
        var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(File.ReadAllText(key));
        return new Node(name, ecdsa, X509Certificate2.CreateFromPem(signed.Bundle));
    }

    private static X509Certificate2Collection Authorities(StateFolder folder)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(folder.CaTrusted);
        return authorities;
    }

    private sealed record Node(string Name, ECDsa Key, X509Certificate2 Certificate);
}
