using Picket.Agent.Config;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Config;

/// <summary>A password is read when its camera is opened; what is wrong with it is that camera's fault alone.</summary>
public sealed class CameraPasswordTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(null, "hunter2", "names a variable that is not set")]
    [InlineData("hunter2", null, "names a file that is not there")]
    public void Read_PasswordInThePlaceOfItsName_IsNotRepeated(string? file, string? variable, string expected)
    {
        var password = new CameraPassword(file is null ? null : _temp.File(file), variable);
        var e = Assert.Throws<PicketException>(() => password.Read());
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain("hunter", e.Message);
    }

    [Theory]
    [InlineData("", "empty file")]
    [InlineData("\n", "empty file")]
    [InlineData("one\ntwo\n", "more than one line")]
    public void Read_FileThatHoldsNoPassword_IsRefused(string text, string expected)
    {
        File.WriteAllText(_temp.File("p"), text);
        Assert.Contains(expected, Assert.Throws<PicketException>(() => new CameraPassword(_temp.File("p"), null).Read()).Message);
    }

    [Fact]
    public void Read_LineOfAFile_IsThePasswordWithoutItsEnd()
    {
        File.WriteAllText(_temp.File("p"), "geheim #1\r\n");
        Assert.Equal("geheim #1", new CameraPassword(_temp.File("p"), null).Read());
    }
}
