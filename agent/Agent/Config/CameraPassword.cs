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
        if (File is null)
        {
            return Environment.GetEnvironmentVariable(Variable!) is { Length: > 0 } value ? value
                : throw new PicketException($"passwordEnvironment names '{Variable}', which is not set");
        }
        try
        {
            return BoundedFile.ReadText(File, MaxBytes).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"passwordFile cannot be read: {e.Message}", inner: e);
        }
    }
}
