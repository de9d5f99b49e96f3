namespace Picket.CameraSim;

/// <summary>How a mount asks for its credentials (RFC 7617 and RFC 2617; RTSP 1.0 uses HTTP's schemes).</summary>
public enum AuthenticationScheme
{
    Basic,
    Digest,
}
