
namespace Picket.Tests.Host;

public sealed class MaskedWriterTests
{
    [Fact]
    public void Write_WhateverIsCalled_ShowsNoPassword()
    {
        using var text = new StringWriter();
        using var writer = new MaskedWriter(text);
        const string Line = "camera rtsp://admin:12#45@10.0.0.7/live";
        writer.Write(Line);
        writer.WriteLine(Line);
        writer.WriteLine((object)Line);
        writer.WriteLine("{0}", Line);
        writer.Write(Line.AsSpan());
        writer.WriteLine(Line.ToCharArray());
        Assert.Equal(6, text.ToString().Split("rtsp://***@10.0.0.7/live").Length - 1);
        Assert.DoesNotContain("12#45", text.ToString());
    }
}
