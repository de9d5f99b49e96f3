namespace Picket.Agent.Config;

/// <summary>Where a camera's password is: in a file, or in a variable of the environment. Never the password
/// itself.</summary>
/// <param name="File">Absolute, or null.</param>
/// <param name="Variable">Or null.</param>
internal sealed record CameraPassword(string? File, string? Variable)
{
    /// <summary>The longest that cameras take are 128 characters.</summary>
    private const int MaxBytes = 4096;

    /// <summary>The password as it is now: a secret. Read at each connection, so that a file which comes late or changes
    /// is taken without a restart.</summary>
    /// <exception cref="PicketException">It is not there or can't be read; that is this camera's fault alone.</exception>
    public string Read()
    {
        // Neither the file's name nor the variable's is repeated: by mistake it may be the password itself.
        if (File is null)
        {
            return Environment.GetEnvironmentVariable(Variable!) is { Length: > 0 } value ? value
                : throw new PicketException("passwordEnvironment names a variable that is not set");
        }
        try
        {
            var secret = BoundedFile.ReadText(File, MaxBytes).TrimEnd('\r', '\n');
            if (secret.Length == 0) throw new PicketException("passwordFile names an empty file; write the password into it");
            if (secret.Any(char.IsControl)) throw new PicketException("passwordFile names a file of more than one line");
            return secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                e is FileNotFoundException or DirectoryNotFoundException
                    ? "passwordFile names a file that is not there"
                    : "passwordFile names a file that can't be read by this account",
                inner: e);
        }
    }
}
