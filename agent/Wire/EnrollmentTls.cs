namespace Picket.Wire;

/// <summary>How a node knows the enrollment port: by what its certificate says, not by the host's name, which is only
/// how the port was reached.</summary>
public static class EnrollmentTls
{
    /// <summary>The CN of its certificate, which is for servers only. No node gets a server certificate, and the broker's
    /// has another name.</summary>
    public const string ServerName = "enrollment";

    /// <summary>The extension of its certificate that holds the authority's certificate (DER in an OCTET STRING): a
    /// machine that joins knows the authority by its fingerprint only, and .NET leaves roots out of the handshake. An
    /// OID of a UUID (ITU-T X.667), made for this once.</summary>
    public const string AuthorityExtension = "2.25.229775323583147752230665840998692381336";
}
