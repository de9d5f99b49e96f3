using Picket.Agent.Config;

namespace Picket.Tests.Agent.Config;

public sealed class CameraAddressTests
{
    [Theory]
    [InlineData("rtsp://10.0.0.7", "10.0.0.7", 554, "", null, null)]
    [InlineData("RTSP://Cam.Example:8554/a/b?c=d", "Cam.Example", 8554, "/a/b?c=d", null, null)]
    [InlineData("Rtsp://us%20er:p%40s:s%2F@10.0.0.7:1/a", "10.0.0.7", 1, "/a", "us er", "p@s:s/")]
    [InlineData("rtsp://user@10.0.0.7/", "10.0.0.7", 554, "/", "user", null)]
    [InlineData("rtsp://u:p@ss@10.0.0.7/", "10.0.0.7", 554, "/", "u", "p@ss")]
    [InlineData("rtsp://[fd00::12]:554/a", "fd00::12", 554, "/a", null, null)]
    [InlineData("rtsp://cam_1?x", "cam_1", 554, "/?x", null, null)]
    public void TryParse_Address_TakesItApart(
        string text, string host, int port, string path, string? user, string? password)
    {
        Assert.True(CameraAddress.TryParse(text, out var address, out var problem), problem);
        Assert.Equal(
            (host, port, path, user, password),
            (address!.Host, address.Port, address.Path, address.User, address.Password));
    }

    // No password that is in the text may be in the complaint.
    [Theory]
    [InlineData("rtsp://admin:12#45@10.0.0.7/live", "behind the first")]
    [InlineData("rtsp://admin:12/45@10.0.0.7/live", "behind the first")]
    [InlineData("rtsp://admin:12?45@10.0.0.7/live", "behind the first")]
    [InlineData("rtsp://admin:12 45@10.0.0.7/live", "blank")]
    [InlineData("rtsp://admin:12\\45@10.0.0.7/live", "backslash")]
    [InlineData("rtsp://admin:12\n45@10.0.0.7/live", "control")]
    [InlineData("rtsp://admin:12x45/live", "port that is none")]
    [InlineData("rtsp:/admin:12x45@10.0.0.7", "not an address")]
    [InlineData("rtsp:admin:12x45@10.0.0.7", "not an address")]
    [InlineData("rtsp://", "no host")]
    [InlineData("rtsp:///live", "no host")]
    [InlineData("rtsp://10.0.0.7:0/", "port that is none")]
    [InlineData("rtsp://10.0.0.7:70000/", "port that is none")]
    [InlineData("rtsp://10.0.0.7:/", "port that is none")]
    [InlineData("rtsp://10.0.0.300/", "no host")]
    [InlineData("rtsp://10.0.7/", "no host")]
    [InlineData("rtsp://fd00::12:554/", "without brackets")]
    [InlineData("rtsp://[fd00::12/", "bracket")]
    [InlineData("rtsp://[10.0.0.7]/", "no host")]
    [InlineData("rtsps://10.0.0.7/", "certificate")]
    [InlineData("HTTP://10.0.0.7/video.mjpg", "http://")]
    [InlineData("onvif://10.0.0.7/", "onvif://")]
    [InlineData("file://server/clip.mp4", "file's address")]
    public void Complaint_WhatCanNeverBeRead_SaysWhyAndRepeatsNothing(string text, string why)
    {
        var complaint = CameraAddress.Complaint(text);
        Assert.Contains(why, complaint);
        Assert.DoesNotContain("45", complaint);
        Assert.DoesNotContain("admin", complaint);
    }

    [Theory]
    [InlineData("/srv/a b.mp4")]
    [InlineData("clip:1.mp4")]
    [InlineData("file:///srv/clip.mp4")]
    [InlineData("FILE:///srv/clip.mp4")]
    [InlineData("rtsp://10.0.0.7/user=admin&password=secret&channel=1")]
    public void Complaint_WhatMayBeThere_IsNone(string text) => Assert.Null(CameraAddress.Complaint(text));

    [Theory]
    [InlineData("file:///srv/a%20b.mp4", "/srv/a b.mp4")]
    [InlineData("FILE://localhost/srv/a#b.mp4", "/srv/a#b.mp4")]
    [InlineData("file://other/srv/a.mp4", null)]
    public void FilePath_OfAnAddress_IsThePathOnThisMachine(string text, string? path) =>
        Assert.Equal(path, CameraAddress.FilePath(text));

    [Fact]
    public void ToString_WithCredentials_ShowsNone()
    {
        Assert.True(CameraAddress.TryParse("rtsp://u:p@10.0.0.7:554/a?password=b", out var address, out _));
        Assert.Equal("rtsp://10.0.0.7/a?password=***", address!.ToString());
    }
}
