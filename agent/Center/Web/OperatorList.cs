using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>Finds the person who belongs to a certificate in <c>operators.json</c>, which is read again when it was replaced: a
/// verb that shuts somebody out takes effect at the next request. Any thread.</summary>
internal sealed class OperatorList(StateFolder folder, ILogger log, TimeProvider time)
{
    private readonly Lock _gate = new();
    private OperatorRegistry? _registry;
    private (DateTime WrittenAt, long Length) _read = (DateTime.MaxValue, -1);
    private string? _lastFault;

    /// <summary>The person, or null: for a stranger, a person who was shut out, a replaced or expired certificate; and for
    /// everybody while the list can't be read.</summary>
    public OperatorEntry? Find(X509Certificate2 certificate)
    {
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (!name.StartsWith(OperatorEntry.Prefix, StringComparison.Ordinal)) return null;
        var entry = Current()?.Find(name[OperatorEntry.Prefix.Length..]);
        return entry is { Revoked: null }
            && entry.NotAfter > time.GetUtcNow()
            && entry.Sha256 == Convert.ToHexStringLower(SHA256.HashData(certificate.RawData))
                ? entry
                : null;
    }

    private OperatorRegistry? Current()
    {
        lock (_gate)
        {
            var file = new FileInfo(folder.Operators);
            var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : (DateTime.MinValue, 0);
            if (seen == _read) return _registry;
            try
            {
                (_registry, _read, _lastFault) = (OperatorRegistry.Load(folder), seen, null);
            }
            catch (PicketException e)
            {
                _registry = null;
                if (e.Message != _lastFault) WebLog.OperatorsUnreadable(log, e.Message);
                _lastFault = e.Message;
            }
            return _registry;
        }
    }
}
