using Microsoft.Extensions.Time.Testing;
using Picket.Center.Receive;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

public sealed class CropAssemblyTests
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4, 5, 0xFF, 0xD9];

    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly CropAssembly _assembly;

    public CropAssemblyTests() => _assembly = new CropAssembly(_time);

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    public void Add_AnyOrder_GivesTheJpegAtTheLast(params int[] order)
    {
        var (id, face) = (Guid.NewGuid(), Guid.NewGuid());
        Assert.Null(_assembly.Add(Chunk("gate-1", id, face, order[0]), out _));
        Assert.Null(_assembly.Add(Chunk("gate-1", id, face, order[1]), out _));
        var crop = _assembly.Add(Chunk("gate-1", id, face, order[2]), out var error);
        Assert.Equal("", error);
        Assert.Equal(Jpeg, crop!.Jpeg);
        Assert.Equal((id, "gate-1", face), (crop.Id, crop.Node, crop.Event));
        Assert.Equal(0, _assembly.Count);
    }

    [Fact]
    public void Add_SameChunkTwice_WaitsForTheMissingOne()
    {
        var (id, face) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var index in (int[])[0, 0, 1, 1]) Assert.Null(_assembly.Add(Chunk("gate-1", id, face, index), out _));
        Assert.NotNull(_assembly.Add(Chunk("gate-1", id, face, 2), out _));
    }

    [Fact]
    public void Add_SameIdOfTwoNodes_AreTwoCrops()
    {
        var (id, face) = (Guid.NewGuid(), Guid.NewGuid());
        _assembly.Add(Chunk("gate-1", id, face, 0), out _);
        _assembly.Add(Chunk("gate-2", id, face, 1), out _);
        Assert.Null(_assembly.Add(Chunk("gate-1", id, face, 2), out _));
        Assert.Equal(2, _assembly.Count);
    }

    [Fact]
    public void Add_ChunkThatContradicts_IsRefusedWithItsCrop()
    {
        var id = Guid.NewGuid();
        _assembly.Add(Chunk("gate-1", id, Guid.NewGuid(), 0), out _);
        Assert.Null(_assembly.Add(Chunk("gate-1", id, Guid.NewGuid(), 1), out var error));
        Assert.NotEqual("", error);
        Assert.Equal(0, _assembly.Count);
    }

    [Fact]
    public void Add_CropBegunAgainInOtherChunks_IsPutTogetherFromThese()
    {
        var (id, face) = (Guid.NewGuid(), Guid.NewGuid());
        _assembly.Add(Chunk("gate-1", id, face, 0), out _);
        CropChunk[] again = [.. Jpeg.Select((b, i) => new CropChunk(1, id, "gate-1", face, i, Jpeg.Length, [b]))];

        foreach (var chunk in again[..^1]) Assert.Null(_assembly.Add(chunk, out _));

        Assert.Equal(Jpeg, _assembly.Add(again[^1], out var error)!.Jpeg);
        Assert.Equal(("", 0), (error, _assembly.Count));
    }

    [Fact]
    public void Add_NoJpeg_IsRefused()
    {
        var chunk = new CropChunk(
            1, Guid.NewGuid(), "gate-1", Guid.NewGuid(), 0, 1, "<script>alert(1)</script>"u8.ToArray());
        Assert.Null(_assembly.Add(chunk, out var error));
        Assert.Contains("no JPEG", error);
    }

    [Fact]
    public void Add_OneNodeBeginsTooMany_ItsOldestIsForgotten()
    {
        var first = Guid.NewGuid();
        var face = Guid.NewGuid();
        _assembly.Add(Chunk("gate-2", Guid.NewGuid(), face, 0), out _);
        _assembly.Add(Chunk("gate-1", first, face, 0), out _);
        for (var i = 0; i < CropAssembly.MaxPerNode; i++)
            _assembly.Add(Chunk("gate-1", Guid.NewGuid(), face, 0), out _);
        Assert.Equal(CropAssembly.MaxPerNode + 1, _assembly.Count);
        Assert.Equal(1, _assembly.Forgotten);
        _assembly.Add(Chunk("gate-1", first, face, 1), out _);
        Assert.Null(_assembly.Add(Chunk("gate-1", first, face, 2), out _));
    }

    [Fact]
    public void Add_AfterTheTimeout_OldPartsAreForgotten()
    {
        _assembly.Add(Chunk("gate-1", Guid.NewGuid(), Guid.NewGuid(), 0), out _);
        _time.Advance(CropAssembly.Timeout + TimeSpan.FromSeconds(1));
        _assembly.Add(Chunk("gate-2", Guid.NewGuid(), Guid.NewGuid(), 0), out _);
        Assert.Equal(1, _assembly.Count);
    }

    [Fact]
    public void Add_ManyNodesWithLargeParts_StaysWithinTheBytes()
    {
        // 64 MiB / 3,000 bytes = 22,369.6: one more part than that does not fit.
        var data = new byte[CropChunk.MaxDataBytes];
        for (var node = 0; node < 22_370; node++)
            _assembly.Add(new CropChunk(1, Guid.NewGuid(), $"n{node}", Guid.Empty, 0, 2, data), out _);
        Assert.Equal(22_369, _assembly.Count);
    }

    private static CropChunk Chunk(string node, Guid id, Guid @event, int index) =>
        new(1, id, node, @event, index, 3, index == 2 ? Jpeg[8..] : Jpeg[(index * 4)..(index * 4 + 4)]);
}
