using Npgsql;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Store;

[Collection(PostgresTests.Name)]
public sealed class PostgresStoreTests(PostgresFixture fixture) : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [PostgresFact]
    public async Task Open_CommitsThatWouldNotLast_IsRefused()
    {
        var database = await (await fixture.Server).NewDatabaseAsync();
        var error = Assert.Throws<PicketException>(
            () => PostgresStore.Open(PostgresAddress.Parse(database + ";Options=-c synchronous_commit=off")));
        Assert.Contains("synchronous_commit is off", error.Message);
    }

    [PostgresFact]
    public async Task Open_TablesOfAnotherBuild_IsRefused()
    {
        var database = await (await fixture.Server).NewDatabaseAsync();
        PostgresStore.Open(PostgresAddress.Parse(database)).Dispose();
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var change = new NpgsqlCommand("UPDATE picket_schema SET version = 99", connection);
        await change.ExecuteNonQueryAsync();
        Assert.Contains("another build", Refused(database).Message);
    }

    [Fact]
    public void Open_NoServer_SaysWhereAndWhatToDo()
    {
        var error = Refused($"Host={_temp.Path};Database=picket;Username=picket");
        Assert.Contains($"postgresql://{_temp.Path}/picket", error.Message);
        Assert.Contains("check that the server runs", error.Message);
    }

    [Theory]
    [InlineData("Host=/run/postgresql;Password=secret1", "no password here")]
    [InlineData("Host=/run/postgresql;Passfile=/x", "no password here")]
    [InlineData("Host=10.1.2.3;Database=picket", "VerifyFull")]
    [InlineData("Host=10.1.2.3;Database=picket;SSL Mode=Require", "VerifyFull")]
    [InlineData("Host=localhost,10.1.2.3;Database=picket", "one Host")]
    [InlineData("Database=picket", "one Host")]
    [InlineData("secret1", "not of the form")]
    [InlineData("Host=/run/postgresql;Port=secret1", "not of the form")]
    public void Parse_UnsafeOrNone_IsRefusedWithoutQuotingIt(string text, string reason)
    {
        var error = Assert.Throws<PicketException>(() => PostgresAddress.Parse(text));
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain("secret1", error.Message);
        Assert.Equal(ExitCode.BadUsage, error.ExitCode);
    }

    [Fact]
    public void Read_FileThatOthersMayRead_IsRefused()
    {
        var path = _temp.File("database");
        File.WriteAllText(path, "Host=localhost;Username=picket;Password=secret1\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<PicketException>(() => PostgresAddress.Read(path)).Message);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var address = PostgresAddress.Read(path);
        Assert.Contains("secret1", address.ConnectionString);
        Assert.Equal("postgresql://localhost/picket", address.Place);
    }

    // Codes of the manual's appendix A.
    [Theory]
    [InlineData("53100", StoreFault.Passing)] // disk_full
    [InlineData("57P01", StoreFault.Passing)] // admin_shutdown
    [InlineData("57P03", StoreFault.Passing)] // cannot_connect_now
    [InlineData("40P01", StoreFault.Passing)] // deadlock_detected
    [InlineData("58030", StoreFault.Disk)] // io_error
    [InlineData("42P01", StoreFault.Lasting)] // undefined_table
    [InlineData("22021", StoreFault.Content)] // character_not_in_repertoire
    [InlineData("28000", StoreFault.Lasting)] // invalid_authorization_specification
    [InlineData("XX001", StoreFault.Lasting)] // data_corrupted
    public void Fault_OfTheServersWord_SaysWhetherToTryAgain(string code, object fault) =>
        Assert.Equal((StoreFault)fault, PostgresStore.Fault(new PostgresException("it failed", "ERROR", "ERROR", code)));

    private static PicketException Refused(string address) =>
        Assert.Throws<PicketException>(() => PostgresStore.Open(PostgresAddress.Parse(address)));
}
