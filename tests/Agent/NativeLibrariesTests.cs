using Picket.Agent;

namespace Picket.Tests.Agent;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void Load_MissingLibrary_NamesThePackageToInstall()
    {
        var error = Assert.Throws<PicketException>(() => NativeLibraries.Load("libpicket-nowhere.so.1", "nowhere1"));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.Equal(
            "the library libpicket-nowhere.so.1 is missing; install it: apt-get install nowhere1", error.Message);
    }
}
