using System.Text;
using Picket.Agent.Ingest;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Heads of files as their formats' documents give them.</summary>
public sealed class UnreadKindsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.heic", "\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "HEIC")]
    [InlineData("a.jpg", "\0\0\0\u0018ftypmif1\0\0\0\0mif1heic", "HEIC")]
    [InlineData("a.avif", "\0\0\0\u0018ftypavif\0\0\0\0mif1avif", "AVIF")]
    [InlineData("a.avif", "\0\0\0\u0018ftypmif1\0\0\0\0avifmiaf", "AVIF")]
    [InlineData("a.heif", "\0\0\0\u0014ftypmif1\0\0\0\0mif1", "HEIF")]
    [InlineData("a.cr3", "\0\0\0\u0018ftypcrx \0\0\0\u0001crx isom", "raw")]
    [InlineData("a.webp", "RIFF\u0010\0\0\0WEBPVP8X\n\0\0\0\u0002\0\0\0?\0\0?\0\0", "animated WebP")]
    [InlineData("a.jxl", "\u00ff\n\u0000\u0001", "JPEG XL")]
    [InlineData("a.jxl", "\0\0\0\fJXL \r\n\u0087\n", "JPEG XL")]
    [InlineData("a.jp2", "\0\0\0\fjP  \r\n\u0087\n", "JPEG 2000")]
    [InlineData("a.psd", "8BPS\0\u0001", "Photoshop")]
    [InlineData("a.pdf", "%PDF-1.7\n", "PDF")]
    [InlineData("a.svg", "\u00ef\u00bb\u00bf<?xml version=\"1.0\"?>\n<svg width=\"1\">", "SVG")]
    [InlineData("a.svg", "  <svg xmlns=\"\">", "SVG")]
    [InlineData("a.NEF", "MM\0*\0\0\0\b", "raw")]
    [InlineData("a.raf", "FUJIFILMCCD-RAW 0201", "raw")]
    public void Open_KindThatIsNotRead_IsNamedAsSuch(string name, string head, string kind)
    {
        var path = _folder.File(name);
        File.WriteAllBytes(path, [.. Encoding.Latin1.GetBytes(head), .. new byte[4000]]);

        var error = Assert.Throws<SourceException>(() => FrameSources.Open(path));

        Assert.Equal(SourceErrorKind.Unsupported, error.Kind);
        Assert.Contains(kind, error.Message);
        Assert.Contains("not supported", error.Message);
    }

    [Theory]
    [InlineData("\0\0\0\u0018ftypisom\0\0\0\u0001isomavc1")]
    [InlineData("\0\0\0\u0018ftypmp42\0\0\0\u0001mp42mif1")] // a clip with a still beside it
    [InlineData("RIFF\u0010\0\0\0WEBPVP8X\n\0\0\0\b\0\0\0?\0\0?\0\0")] // EXIF, not animated
    [InlineData("II*\0\b\0\0\0")]
    [InlineData("")]
    [InlineData("\0\0\0\u0018ftyp")]
    public void Name_KindThatIsRead_IsNone(string head) =>
        Assert.Null(UnreadKinds.Name("a.tif", Encoding.Latin1.GetBytes(head)));

    [Fact]
    public void Name_AnyHead_NeverThrows()
    {
        var random = new Random(1);
        var head = new byte[UnreadKinds.HeadBytes];
        for (var i = 0; i < 2000; i++)
        {
            random.NextBytes(head);
            if (i % 2 == 0) "\0\0\0\u0018ftypmif1"u8.CopyTo(head);
            UnreadKinds.Name("a", head.AsSpan(0, random.Next(head.Length)));
        }
    }
}
