using System.Net.Sockets;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Wire;

public sealed class ForeignFileTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void OpenRead_File_IsReadWhole()
    {
        File.WriteAllText(_temp.File("a"), "whole");

        using var reader = new StreamReader(ForeignFile.OpenRead(_temp.File("a"), followLink: false));

        Assert.Equal("whole", reader.ReadToEnd());
    }

    [Fact]
    public async Task OpenRead_Pipe_IsRefusedWithoutWaitingForItsWriter()
    {
        await SpecialFile.PipeAsync(_temp.File("pipe"));

        var e = Assert.Throws<IOException>(() => ForeignFile.OpenRead(_temp.File("pipe")));

        Assert.Contains("pipe", e.Message);
    }

    [Fact]
    public void OpenRead_FolderDeviceOrSocket_IsRefused()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_temp.File("socket")));

        Assert.Contains("folder", Assert.Throws<IOException>(() => ForeignFile.OpenRead(_temp.Path)).Message);
        Assert.Contains("device", Assert.Throws<IOException>(() => ForeignFile.OpenRead("/dev/zero")).Message);
        Assert.Throws<IOException>(() => ForeignFile.OpenRead(_temp.File("socket")));
    }

    [Fact]
    public void OpenRead_NothingThereOrADanglingLink_IsNoSuchFile()
    {
        SpecialFile.DanglingLink(_temp.File("link"));

        Assert.Throws<FileNotFoundException>(() => ForeignFile.OpenRead(_temp.File("none")));
        Assert.Throws<FileNotFoundException>(() => ForeignFile.OpenRead(_temp.File("link")));
    }

    [Fact]
    public void OpenRead_LinkToAFile_IsFollowedOnlyWhereThatIsMeant()
    {
        File.WriteAllText(_temp.File("a"), "x");
        File.CreateSymbolicLink(_temp.File("link"), _temp.File("a"));

        using (ForeignFile.OpenRead(_temp.File("link")))
        {
        }
        var e = Assert.Throws<IOException>(() => ForeignFile.OpenRead(_temp.File("link"), followLink: false));
        Assert.Contains("link", e.Message);
    }

    /// <summary>As an account that isn't root: the test itself may be.</summary>
    [Fact]
    public void OpenRead_NotReadable_IsUnauthorized()
    {
        if (Environment.UserName == "root") return; // root reads everything
        File.WriteAllText(_temp.File("a"), "x");
        File.SetUnixFileMode(_temp.File("a"), UnixFileMode.None);

        Assert.Throws<UnauthorizedAccessException>(() => ForeignFile.OpenRead(_temp.File("a")));
    }
}
