using System.Text.Json;
using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class CredentialMaskTests
{
    [Theory]
    [InlineData("rtsp://10.0.0.7/cam", "rtsp://10.0.0.7/cam")]
    [InlineData("rtsp://user:secret@10.0.0.7:554/cam?x=1", "rtsp://***@10.0.0.7:554/cam?x=1")]
    [InlineData("RTSP://user@10.0.0.7/cam", "RTSP://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:p@ss@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:p/a?s#s@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:p a's\"s@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("p: like rtsp://host:554/path\np: has an '@' in it", "p: like rtsp://host:554/path\np: has an '@' in it")]
    [InlineData("rtsp://\u0627:\u0633@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:/secret@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("rtsp://user:a://b:/c@10.0.0.7/cam", "rtsp://***@10.0.0.7/cam")]
    [InlineData("rtsp:/user:secret@10.0.0.7/cam", "rtsp:/***@10.0.0.7/cam")]
    [InlineData("user:secret@10.0.0.7/cam", "***@10.0.0.7/cam")]
    [InlineData("/etc/picket/user:secret@10.0.0.7/cam", "/etc/picket/***@10.0.0.7/cam")]
    [InlineData("rtsp://user:secret/cam", "rtsp://***")]
    [InlineData("can't open 'rtsp://u:secret@h/c', trying rtsp://u:secret@h/d", "can't open 'rtsp://***@h/c', trying rtsp://***@h/d")]
    [InlineData("rtsp://h/user=admin&password=secret&channel=1", "rtsp://h/user=***&password=***&channel=1")]
    [InlineData("rtsp://h/user=admin_password=se_cr,et_channel=1_stream=0.sdp", "rtsp://h/user=***_password=***_channel=1_stream=0.sdp")]
    [InlineData("rtsp://h/x;user=admin;pwd=se&cr;channel=1", "rtsp://h/x;user=***;pwd=***;channel=1")]
    [InlineData("rtsp://h/user=admin,passwd=secret/ch1", "rtsp://h/user=***,passwd=***")]
    [InlineData("rtsp://h/live?auth=YWRt/aW46MTIzNDU2==&x=1", "rtsp://h/live?auth=***&x=1")]
    [InlineData("rtsp://h/live?user%3Dadmin%26password%3Dsecret", "rtsp://h/live?user%3D***")]
    [InlineData("http://h/cgi?usr=admin&pwd=secret&c=1", "http://h/cgi?usr=***&pwd=***&c=1")]
    [InlineData("http://h/cgi?loginuse=admin&loginpas=secret", "http://h/cgi?loginuse=***&loginpas=***")]
    [InlineData("http://h/cgi?username=admin&pass=secret&secret=a&api_key=b", "http://h/cgi?username=***&pass=***&secret=***&api_key=***")]
    [InlineData("rtsp://h/live?TOKEN=secret", "rtsp://h/live?TOKEN=***")]
    [InlineData("rtsp://h/live?token=se:cret: 404", "rtsp://h/live?token=***: 404")]
    [InlineData("camera gate-2: 401 Unauthorized from 10.0.0.7:554; check user and password", "camera gate-2: 401 Unauthorized from 10.0.0.7:554; check user and password")]
    [InlineData("rtsp://[fd00::12]:554/cam: 404 Not Found", "rtsp://[fd00::12]:554/cam: 404 Not Found")]
    [InlineData("rtsp://10.0.0.7: no answer", "rtsp://10.0.0.7: no answer")]
    [InlineData("/clips/a@b.mp4", "/clips/a@b.mp4")]
    [InlineData("2026-11-30T07:12:00.1Z info: 12:30 a@b", "2026-11-30T07:12:00.1Z info: 12:30 a@b")]
    [InlineData("", "")]
    public void Mask_Text_HidesWhatIsSecret(string text, string expected) =>
        Assert.Equal(expected, CredentialMask.Mask(text));

    [Fact]
    public void MaskAddress_LineEndInThePassword_HidesAllOfIt() =>
        Assert.Equal("rtsp://***@10.0.0.7/cam", CredentialMask.MaskAddress("rtsp://user:p\na\ts@10.0.0.7/cam"));

    [Fact]
    public void Mask_Twice_IsAsOnce()
    {
        var once = CredentialMask.Mask("rtsp://u:p@h:1/a?user=x&key=y z: 401 from h:1");
        Assert.Equal("rtsp://***@h:1/a?user=***&key=*** z: 401 from h:1", once);
        Assert.Equal(once, CredentialMask.Mask(once));
    }

    [Fact]
    public void CameraState_ReasonWithCredentials_IsMaskedHoweverItIsMade()
    {
        const string Text = "can't be opened at rtsp://admin:12#45@10.0.0.7/live";
        Assert.DoesNotContain("12#45", new CameraStateBody(Text).Reason);
        // As a node of an older version would send it.
        var read = JsonSerializer.Deserialize<CameraStateBody>(
            $$"""{"reason":"{{Text}}"}""", new JsonSerializerOptions(JsonSerializerDefaults.Web));
        Assert.Equal("can't be opened at rtsp://***@10.0.0.7/live", read!.Reason);
    }
}
