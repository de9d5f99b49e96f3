using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Picket.Center.Web;

/// <summary>The one-time links to the page and the sessions they open. Any thread. None of it outlives the
/// process.</summary>
/// <remarks>A new link is printed when one is used, and when somebody comes with an old one after the last has expired. So there
/// is always a link that works or can be had, and a stranger's guesses can't fill the terminal.</remarks>
internal sealed class EntryLinks(Action<string> tell, TimeProvider time)
{
    public static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(10);

    /// <summary>Session lifetime: one shift plus handover.</summary>
    public static readonly TimeSpan SessionLife = TimeSpan.FromHours(12);

    /// <summary>A single operator with a few browsers; beyond that the oldest session ends.</summary>
    private const int MaxSessions = 16;

    private const int TokenBytes = 16; // 128 bits: can't be guessed in 10 minutes, nor in 12 hours

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _sessions = [];
    private string _token = "";
    private DateTimeOffset _tokenUntil;

    /// <summary>Makes a link's token and announces it.</summary>
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

    /// <summary>Uses the link up: returns a session, or null if the link is wrong, used or expired.</summary>
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
