using System.Net;
using Npgsql;
using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>Where the PostgreSQL database is and how it is reached; checked, so that no password is seen by others and
/// none goes over a line that anybody can listen to.</summary>
internal sealed class PostgresAddress
{
    private const UnixFileMode OthersMayRead =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private PostgresAddress(NpgsqlConnectionStringBuilder settings)
    {
        // A statement that is run again and again is planned once.
        settings.MaxAutoPrepare = 40;
        // The page has 16 streams; a query of theirs is short.
        settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, 10);
        settings.ApplicationName ??= "picket-center";
        settings.Timeout = 5; // seconds, to connect
        // A batch takes milliseconds. A server that does not answer for this long is tried again: what it may have
        // committed is then there already.
        settings.CommandTimeout = 15;
        // A server's machine that is gone without a word is noticed when nothing is asked of it, too.
        settings.TcpKeepAlive = true;
        settings.IncludeErrorDetail = false; // it may quote what was to be stored
        settings.PersistSecurityInfo = false;
        ConnectionString = settings.ConnectionString;
        Place = $"postgresql://{settings.Host}/{settings.Database ?? settings.Username}";
    }

    public string ConnectionString { get; }

    /// <summary>Without user and password.</summary>
    public string Place { get; }

    /// <summary>What <c>--database</c> says: <c>Host=...;Database=...;Username=...</c> without a password, which
    /// everybody on the machine could read in the list of processes.</summary>
    /// <exception cref="PicketException">It is none, or not safe.</exception>
    public static PostgresAddress Parse(string text)
    {
        var settings = Settings(text, "--database");
        if (settings.Password is not null || settings.Passfile is not null)
            throw Bad("--database: no password here, where others can read it; let the server trust this system user "
                + "on its socket (peer), or put the whole text in a file of mode 0600 and name that with "
                + "--database-file");
        return Checked(settings, "--database");
    }

    /// <summary>What the file of <c>--database-file</c> says: as <see cref="Parse"/>, but it may have a
    /// password.</summary>
    /// <exception cref="PicketException">The file can't be read, others may read it, or what it says is not
    /// safe.</exception>
    public static PostgresAddress Read(string path)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & OthersMayRead) != 0)
                throw Bad($"--database-file {path}: others may read it; chmod 600 {ShellText.Word(path)}");
            using var file = new StreamReader(ForeignFile.OpenRead(path));
            return Checked(Settings(file.ReadToEnd().Trim(), $"--database-file {path}"), $"--database-file {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad($"--database-file {path}: can't be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static NpgsqlConnectionStringBuilder Settings(string text, string source)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            // The message could quote a password.
            throw Bad($"{source}: not of the form Host=...;Database=...;Username=...");
        }
    }

    private static PostgresAddress Checked(NpgsqlConnectionStringBuilder settings, string source)
    {
        if (string.IsNullOrEmpty(settings.Host) || settings.Host.Contains(','))
            throw Bad($"{source}: say one Host=, a name or the folder of the server's socket");
        var isLocal = settings.Host.StartsWith('/') || settings.Host == "localhost"
            || (IPAddress.TryParse(settings.Host, out var address) && IPAddress.IsLoopback(address));
        if (!isLocal && settings.SslMode != SslMode.VerifyFull)
            throw Bad($"{source}: {settings.Host} is another machine; say SSL Mode=VerifyFull;Root Certificate=FILE");
        return new PostgresAddress(settings);
    }

    private static PicketException Bad(string message, Exception? inner = null) =>
        new(message, ExitCode.BadUsage, inner);
}
