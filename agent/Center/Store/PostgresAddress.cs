using System.Net;
using Npgsql;
using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>Where the PostgreSQL database is and how it is reached. It is checked, so that others can't see a password and
/// none goes over a line that anybody can tap.</summary>
internal sealed class PostgresAddress
{
    private const UnixFileMode OthersMayRead =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private PostgresAddress(NpgsqlConnectionStringBuilder settings)
    {
        // A statement that is run repeatedly is planned once.
        settings.MaxAutoPrepare = 40;
        // The page has 16 streams, whose queries are short.
        settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, 10);
        settings.ApplicationName ??= "picket-center";
        settings.Timeout = 5; // seconds, to connect
        // A batch takes milliseconds. A server that does not answer for this long is tried again: what it may have committed
        // is then already there.
        settings.CommandTimeout = 15;
        // A server whose machine vanishes silently is noticed even while nothing is asked of it.
        settings.TcpKeepAlive = true;
        settings.IncludeErrorDetail = false; // it may quote what was to be stored
        settings.PersistSecurityInfo = false;
        ConnectionString = settings.ConnectionString;
        Place = $"postgresql://{settings.Host}/{settings.Database ?? settings.Username}";
    }

    public string ConnectionString { get; }

    /// <summary>Without user and password.</summary>
    public string Place { get; }

    /// <summary>Reads the value of <c>--database</c>: <c>Host=...;Database=...;Username=...</c> without a password, which
    /// everybody on the machine could read in the process list.</summary>
    /// <exception cref="PicketException">It is malformed or not safe.</exception>
    public static PostgresAddress Parse(string text)
    {
        var settings = Settings(text, "--database");
        if (settings.Password is not null || settings.Passfile is not null)
            throw Bad("--database: no password here, where others can read it; let the server trust this system user "
                + "on its socket (peer), or put the whole text in a file of mode 0600 and name that with "
                + "--database-file");
        return Checked(settings, "--database");
    }

    /// <summary>Reads the file of <c>--database-file</c>: as <see cref="Parse"/>, but it may contain a
    /// password.</summary>
    /// <exception cref="PicketException">The file can't be read, others may read it, or its content is not
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
            throw Bad($"{source}: give one Host=, a name or the folder of the server's socket");
        var isLocal = settings.Host.StartsWith('/') || settings.Host == "localhost"
            || (IPAddress.TryParse(settings.Host, out var address) && IPAddress.IsLoopback(address));
        if (!isLocal && settings.SslMode != SslMode.VerifyFull)
            throw Bad($"{source}: {settings.Host} is another machine; add SSL Mode=VerifyFull;Root Certificate=FILE");
        return new PostgresAddress(settings);
    }

    private static PicketException Bad(string message, Exception? inner = null) =>
        new(message, ExitCode.BadUsage, inner);
}
