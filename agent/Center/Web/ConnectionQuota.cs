using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Picket.Center.Web;

/// <summary>How many connections one address may have open: a stranger's handshakes must not take all places. Any
/// thread.</summary>
internal sealed class ConnectionQuota(int maxPerAddress)
{
    private readonly ConcurrentDictionary<IPAddress, int> _open = new();

    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        try
        {
            if (_open.AddOrUpdate(address, 1, (_, count) => count + 1) > maxPerAddress) connection.Abort();
            else await next(connection);
        }
        finally
        {
            if (_open.AddOrUpdate(address, 0, (_, count) => count - 1) == 0)
                _open.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
        }
    };
}
