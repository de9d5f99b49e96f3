using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

public sealed class CredentialMaskTests
{
    [Theory]
    [InlineData("rtsp://10.0.0.7/cam", "rtsp://10.0.0.7/cam")]
    [InlineData("rtsp://user:secret@10.0.0.7:554/cam?x=1", "rtsp://***@10.0.0.7:554/cam?x=1")]
    [InlineData("RTSP://user@10.0.0.7/cam", "RTSP://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:p@ss@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:p/a?s#s@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("cannot open 'rtsp://u:secret@h/c', trying rtsp://u:secret@h/d", "cannot open 'rtsp://***@h/c', trying rtsp://***@h/d")]
    [InlineData("rtsp://h/user=admin&password=secret&channel=1", "rtsp://h/user=admin&password=***&channel=1")]
    [InlineData("http://h/cgi?usr=admin&pwd=secret&c=1", "http://h/cgi?usr=***&pwd=***&c=1")]
    [InlineData("rtsp://h/live?TOKEN=secret", "rtsp://h/live?TOKEN=***")]
    [InlineData("/clips/a@b.mp4", "/clips/a@b.mp4")]
    [InlineData("", "")]
    public void Mask_Text_HidesWhatIsSecret(string text, string expected) =>
        Assert.Equal(expected, CredentialMask.Mask(text));
}
