using Picket.Agent.Ingest;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Clips that ffmpeg made, whole and cut at several places, as half-copied recordings are.</summary>
public sealed class ClipFileTests : IDisposable
{
    private const string Picture = "-f lavfi -i testsrc2=size=320x240:rate=25 -frames:v 100 -pix_fmt yuv420p";

    private readonly TempFolder _folder = new();
    private readonly FramePool _pool = new(FramePool.PerCamera);

    public void Dispose()
    {
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("w.mp4", "-c:v libx264 -g 25 -movflags +faststart")]
    [InlineData("f.mp4", "-c:v libx264 -g 25 -movflags frag_keyframe+empty_moov")]
    [InlineData("q.mov", "-c:v libx264 -g 25 -movflags +faststart")]
    [InlineData("m.mkv", "-c:v libx264 -g 25")]
    [InlineData("l.mkv", "-c:v libx264 -g 25 -f matroska -live 1")]
    [InlineData("a.avi", "-c:v mpeg4")]
    [InlineData("t.ts", "-c:v libx264 -g 25")]
    public async Task Clip_WholeAndCut_IsReadAsFarAsItGoesAndTheCutIsTold(string name, string encoding)
    {
        var whole = await Ffmpeg.Make(_folder.File(name), $"{Picture} {encoding}");
        Assert.Equal((100, null), Read(whole));
        foreach (var percent in (int[])[40, 60, 95])
        {
            var bytes = await File.ReadAllBytesAsync(whole);
            // In a transport stream only a packet that is cut shows.
            var cut = _folder.File($"cut-{name}");
            await File.WriteAllBytesAsync(cut, bytes[..((bytes.Length * percent / 100 / 188 * 188) + 90)]);
            var (frames, error) = Read(cut);
            Assert.InRange(frames, 1, 99);
            Assert.Contains("cut short", error);
        }
    }

    [Fact]
    public async Task IsCutShort_AtEveryByteOfTheEnd_NeverFailsAndSeesIt()
    {
        var whole = await Ffmpeg.Make(_folder.File("w.mp4"), $"{Picture} -c:v libx264 -movflags +faststart");
        var bytes = await File.ReadAllBytesAsync(whole);
        Assert.False(IsCutShort(bytes));
        for (var missing = 1; missing < 600; missing++) Assert.True(IsCutShort(bytes[..^missing]), $"{missing}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000866747970")] // a box alone, without what follows
    [InlineData("00000008667479700000000000000000")] // up to the end
    [InlineData("00000008667479700000000100000000FFFFFFFFFFFFFFFF")] // no size that can be
    [InlineData("1A45DFA3FF1A45DFA3FFFFFF")] // sizes unknown within each other
    [InlineData("524946460000000041564920")] // a recorder that was switched off
    public void IsCutShort_WhatSaysNothing_IsNotCalledCut(string hex) => Assert.False(IsCutShort(Convert.FromHexString(hex)));

    private bool IsCutShort(byte[] bytes)
    {
        var path = _folder.File("bytes");
        File.WriteAllBytes(path, bytes);
        using var file = File.OpenHandle(path);
        return ClipFile.IsCutShort(file, bytes.Length);
    }

    private (int Frames, string? Error) Read(string clip)
    {
        using var source = FileSource.Open(clip, new());
        using var frame = _pool.Rent();
        var frames = 0;
        try
        {
            while (source.TryRead(frame, default)) frames++;
            return (frames, null);
        }
        catch (SourceException e)
        {
            return (frames, e.Message);
        }
    }
}
