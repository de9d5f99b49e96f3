using System.Buffers.Binary;
using System.Text;
using Picket.Agent.Ingest;
using Picket.Agent.Ingest.Libav;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

/// <summary>
/// Files with the note are put together here from ffmpeg's pictures after the formats' own documents; how they must look
/// then, ffmpeg's filters say.
/// </summary>
public sealed class PictureNoteTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, int, string> AllNotes()
    {
        string[] filters =
        [
            "null", "hflip", "hflip,vflip", "vflip", "transpose=cclock_flip", "transpose=clock", "transpose=clock_flip",
            "transpose=cclock",
        ];
        var all = new TheoryData<string, int, string>();
        foreach (var kind in new[] { "png", "webp", "tif" })
            for (var note = 1; note <= filters.Length; note++) all.Add(kind, note, filters[note - 1]);
        return all;
    }

    [Theory]
    [MemberData(nameof(AllNotes))]
    public async Task TryRead_PictureWithANote_IsUpright(string kind, int note, string filter)
    {
        var plain = await Ffmpeg.Make(
            _folder.File($"plain.{kind}"),
            "-f lavfi -i testsrc2=size=96x64 -frames:v 1 " + (kind == "webp" ? "-lossless 1" : "-pix_fmt rgb24"));
        var noted = _folder.File($"noted.{kind}");
        await File.WriteAllBytesAsync(noted, WithNote(kind, await File.ReadAllBytesAsync(plain), (byte)note));

        Assert.Equal(await Pixels(await Turned(plain, filter)), await Pixels(noted));
    }

    // Cut or senseless notes leave the picture as it is, and never throw.
    [Fact]
    public void Read_CutAnywhere_IsARefusalOrTheNote()
    {
        var tiff = TiffNote(6, bigEndian: true);
        for (var length = 0; length < tiff.Length; length++)
        {
            PictureNote.Read("tiff", tiff.AsSpan(0, length));
            PictureNote.Read("png", WithNote("png", new byte[40], 6).AsSpan(0, length));
            PictureNote.Read("webp", WithNote("webp", new byte[20], 6).AsSpan(0, length));
        }
        Assert.Equal(new Orientation(true, true, false), PictureNote.Read("tiff", tiff));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(255)]
    public void Read_SenselessNote_IsUpright(byte note) =>
        Assert.True(PictureNote.Read("tiff", TiffNote(note, bigEndian: false)).IsUpright);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(26)]
    [InlineData(uint.MaxValue)]
    public void Read_DirectoryElsewhere_IsUpright(uint at)
    {
        var tiff = TiffNote(6, bigEndian: true);
        BinaryPrimitives.WriteUInt32BigEndian(tiff.AsSpan(4), at);
        Assert.True(PictureNote.Read("tiff", tiff).IsUpright);
    }

    private async Task<string> Turned(string plain, string filter) =>
        await Ffmpeg.Make(_folder.File("turned.png"), $"-i {plain} -vf {filter} -pix_fmt rgb24");

    private static Task<byte[]> Pixels(string path)
    {
        using var pool = new FramePool(1);
        using var frame = FaceScene.Open(path, pool);
        return Task.FromResult((byte[])[(byte)frame.Width, (byte)frame.Height, .. Ffmpeg.Bytes(frame)]);
    }

    private static byte[] WithNote(string kind, byte[] plain, byte note) => kind switch
    {
        "png" => [.. plain[..33], .. PngChunk("eXIf", TiffNote(note, bigEndian: true)), .. plain[33..]],
        "webp" => Webp(plain, TiffNote(note, bigEndian: false)),
        _ => Tiff(plain, note),
    };

    // TIFF 6.0, section 2: header, one directory of one entry (tag 274, SHORT, one value), no further directory.
    private static byte[] TiffNote(byte note, bool bigEndian) => bigEndian
        ? [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, note, 0, 0, 0, 0, 0, 0]
        : [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, note, 0, 0, 0, 0, 0, 0, 0];

    // PNG 5.3: length, type, content, CRC-32 of type and content.
    private static byte[] PngChunk(string type, byte[] content)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. content];
        var chunk = new byte[8 + content.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        typed.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4 + typed.Length), Crc(typed));
        return chunk;
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = 0xFFFFFFFF;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }

    // The metadata chunk comes last; the RIFF size counts all behind it.
    private static byte[] Webp(byte[] plain, byte[] exif)
    {
        byte[] file = [.. plain, .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;
    }

    // A directory of its own behind the file, with the entries of the first one and tag 274 in its place.
    private static byte[] Tiff(byte[] plain, byte note)
    {
        Assert.Equal((byte)'I', plain[0]);
        var at = BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(4));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(plain.AsSpan(at));
        var entries = Enumerable.Range(0, count)
            .Select(i => plain.AsSpan(at + 2 + 12 * i, 12).ToArray())
            .Where(entry => BinaryPrimitives.ReadUInt16LittleEndian(entry) != 274)
            .Append([0x12, 0x01, 3, 0, 1, 0, 0, 0, note, 0, 0, 0])
            .OrderBy(entry => BinaryPrimitives.ReadUInt16LittleEndian(entry))
            .ToArray();
        var pad = plain.Length % 2;
        byte[] file =
        [
            .. plain, .. new byte[pad], (byte)entries.Length, 0, .. entries.SelectMany(entry => entry), 0, 0, 0, 0,
        ];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), plain.Length + pad);
        return file;
    }
}
