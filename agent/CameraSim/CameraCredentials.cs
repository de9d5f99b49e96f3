namespace Picket.CameraSim;

/// <summary>What a client must know to use a mount.</summary>
public sealed record CameraCredentials(
    string User, string Password, AuthenticationScheme Scheme = AuthenticationScheme.Digest);
