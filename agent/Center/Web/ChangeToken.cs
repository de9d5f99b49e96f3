using System.Security.Cryptography;
using System.Text;

namespace Picket.Center.Web;

/// <summary>What a request that changes something has to bring besides the visitor's certificate or cookie, which a
/// browser adds to requests of foreign pages as well. Only our own page can read it. Any thread.</summary>
internal sealed class ChangeToken
{
    public const string Header = "X-Picket-Token";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32); // as long as SHA-256's result; of this process alone

    public string For(Visitor visitor) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(visitor.Name)));

    public bool IsOf(Visitor visitor, string token) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(For(visitor)), Encoding.UTF8.GetBytes(token));
}
