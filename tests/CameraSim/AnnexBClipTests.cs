using Picket.CameraSim;
using Picket.Tests.Support;

namespace Picket.Tests.CameraSim;

public sealed class AnnexBClipTests(ClipFixture clips) : IClassFixture<ClipFixture>
{
    // H.264 table 7-1: 0x67 parameter set of the sequence, 0x68 of the picture, 0x65 IDR slice, 0x41 slice, 0x09
    // delimiter.
    private static readonly byte[] Sps = [0, 0, 0, 1, 0x67, 66, 0, 30];
    private static readonly byte[] Pps = [0, 0, 0, 1, 0x68, 1];
    private static readonly byte[] Key = [0, 0, 1, 0x65, 0x80, 1];
    private static readonly byte[] KeySecondSlice = [0, 0, 1, 0x65, 0x40, 1];
    private static readonly byte[] Slice = [0, 0, 1, 0x41, 0x80, 1];
    private static readonly byte[] Delimiter = [0, 0, 0, 1, 0x09, 0x10];

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.H265)]
    public async Task Load_EncodedClip_HasAsManyPicturesAndKeysAsFfprobeSays(VideoCodec codec)
    {
        var path = codec == VideoCodec.H264 ? clips.H264Path : clips.H265Path;
        var flags = (await ExternalProgram.OutputOfAsync(
            "ffprobe", ["-v", "error", "-show_entries", "packet=flags", "-of", "csv=p=0", path])).Trim().Split('\n');

        var clip = AnnexBClip.Load(path, 25);

        Assert.Equal(codec, clip.Codec);
        Assert.Equal(flags.Select(f => f.Contains('K')), clip.AccessUnits.Select(u => u.IsKey));
    }

    [Fact]
    public void Parse_SlicesAndDelimiters_CutsAtEachPicturesFirstUnit()
    {
        byte[] stream = [.. Sps, .. Pps, .. Key, .. KeySecondSlice, .. Delimiter, .. Slice, .. Slice];

        var units = AnnexBClip.Parse(stream, VideoCodec.H264, 25).AccessUnits;

        Assert.Equal([4, 2, 1], units.Select(u => u.Nals.Count));
        Assert.Equal([true, false, false], units.Select(u => u.IsKey));
    }

    public static TheoryData<byte[]> BadStreams => new()
    {
        Array.Empty<byte>(),
        "not a video"u8.ToArray(),
        (byte[])[.. Sps, .. Pps],
        (byte[])[.. Key, .. Slice],
        (byte[])[.. Sps, .. Pps, .. Slice, .. Key],
    };

    [Theory]
    [MemberData(nameof(BadStreams))]
    public void Parse_NoPictureNoParameterSetsOrNoKeyFirst_IsRefused(byte[] stream) =>
        Assert.Throws<InvalidDataException>(() => AnnexBClip.Parse(stream, VideoCodec.H264, 25));

    [Fact]
    public void Load_UnknownExtension_IsRefused() =>
        Assert.Throws<ArgumentException>(() => AnnexBClip.Load("clip.mp4", 25));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void Parse_ImpossibleRate_IsRefused(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AnnexBClip.Parse(Array.Empty<byte>(), VideoCodec.H264, rate));
}
