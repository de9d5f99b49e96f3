using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Picket.Center.Web;

/// <summary>The one-time links to the page and the sessions they open. Any thread. Nothing of it outlives the
/// process.</summary>
/// <remarks>There is always one link that works or none that anybody was told of: a new one is told when one is used,
/// and when somebody
/// comes with an old one after the last has expired. So a stranger's guesses can't fill the terminal.</remarks>
internal sealed class EntryLinks(Action<string> tell, TimeProvider time)
{
    public static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(10);

    /// <summary>A shift with its handover.</summary>
    public static readonly TimeSpan SessionLife = TimeSpan.FromHours(12);

    /// <summary>A single operator with some browsers; the oldest session goes.</summary>
    private const int MaxSessions = 16;

    private const int TokenBytes = 16; // 128 bits: not to be guessed in 10 minutes, nor in 12 hours

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _sessions = [];
    private string _token = "";
    private DateTimeOffset _tokenUntil;

    /// <summary>Makes a link's token and tells it.</summary>
    public void Renew()
    {
        string token;
        lock (_gate)
        {
            token = _token = NewToken();
            _tokenUntil = time.GetUtcNow() + LinkLife;
        }
        tell(token);
    }

    /// <summary>Uses the link up: gives a session, or null when it is wrong, used or expired.</summary>
    public string? Enter(string token)
    {
        string? session = null;
        bool renew;
        lock (_gate)
        {
            var valid = time.GetUtcNow() < _tokenUntil;
            if (valid
                && CryptographicOperations.FixedTimeEquals(
                    Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(_token)))
            {
                _tokenUntil = default;
                session = NewToken();
                if (_sessions.Count >= MaxSessions) _sessions.Remove(_sessions.MinBy(known => known.Value).Key);
                _sessions[session] = time.GetUtcNow() + SessionLife;
            }
            renew = !valid || session is not null;
        }
        if (renew) Renew();
        return session;
    }

    public bool IsSession(string? session)
    {
        if (session is null) return false;
        lock (_gate) return _sessions.TryGetValue(session, out var until) && time.GetUtcNow() < until;
    }

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
}
