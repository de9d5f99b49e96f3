using Picket.Tests.Support;

namespace Picket.Tests.Host;

public sealed class BoundedFileTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void ReadBytes_UpToTheLimit_IsTheFile(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        File.WriteAllBytes(_temp.File("a"), content);

        Assert.Equal(content, BoundedFile.ReadBytes(_temp.File("a"), 10_000));
    }

    [Fact]
    public void ReadBytes_OverTheLimit_IsRefused()
    {
        File.WriteAllBytes(_temp.File("a"), new byte[10_001]);

        var e = Assert.Throws<IOException>(() => BoundedFile.ReadBytes(_temp.File("a"), 10_000));
        Assert.Contains("larger than 10000 bytes", e.Message);
    }

    /// <summary>A pipe that nobody writes to would be waited for, for ever.</summary>
    [Fact]
    public async Task ReadBytes_Pipe_IsRefused()
    {
        await SpecialFile.PipeAsync(_temp.File("pipe"));

        Assert.Throws<IOException>(() => BoundedFile.ReadBytes(_temp.File("pipe"), 10_000));
    }

    /// <summary>It says that its length is 0, and never ends.</summary>
    [Fact]
    public void ReadBytes_DeviceWithoutAnEnd_IsRefusedWithinTheLimit()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<IOException>(() => BoundedFile.ReadBytes("/dev/zero", 1_000_000));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    /// <summary>The kernel's own files have no length either, and an end.</summary>
    [Fact]
    public void ReadText_FileOfTheKernel_IsReadToItsEnd() =>
        Assert.StartsWith("Linux version", BoundedFile.ReadText("/proc/version", 10_000));

    [Fact]
    public void ReadText_WithItsMark_IsReadWithoutIt()
    {
        File.WriteAllBytes(_temp.File("a"), [0xEF, 0xBB, 0xBF, .. "node: n"u8]);

        Assert.Equal("node: n", BoundedFile.ReadText(_temp.File("a"), 100));
    }
}
