using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The list of people who may use the console, kept in <c>operators.json</c>.</summary>
internal sealed class OperatorRegistry
{
    private readonly StateFolder _folder;
    private readonly SortedDictionary<string, OperatorEntry> _operators;

    private OperatorRegistry(StateFolder folder, IEnumerable<OperatorEntry> operators)
    {
        _folder = folder;
        _operators = new(operators.ToDictionary(one => one.Name), StringComparer.Ordinal);
    }

    public IReadOnlyCollection<OperatorEntry> Operators => _operators.Values;

    public OperatorEntry? Find(string name) => _operators.GetValueOrDefault(name);

    public void Put(OperatorEntry entry) => _operators[entry.Name] = entry;

    /// <summary>As <see cref="NodeRegistry.RevokedCertificates"/>.</summary>
    public IEnumerable<RevokedCertificate> RevokedCertificates(string authority) =>
        from one in _operators.Values
        where one.Revoked is not null && one.Authority == authority
        select new RevokedCertificate(one.Serial, one.Revoked!.Value);

    /// <exception cref="PicketException">The file is damaged.</exception>
    public static OperatorRegistry Load(StateFolder folder)
    {
        if (!File.Exists(folder.Operators)) return new OperatorRegistry(folder, []);
        try
        {
            var entries = JsonSerializer.Deserialize(
                File.ReadAllBytes(folder.Operators), EnrollJson.Default.OperatorEntryArray) ?? [];
            if (entries.Any(entry => !Topics.IsName(entry.Name) || !Enum.IsDefined(entry.Role)))
                throw new JsonException("a name or a role is not allowed");
            return new OperatorRegistry(folder, entries);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"operator list {folder.Operators} is damaged ({e.Message.TrimEnd('.')}); restore it from its backup",
                inner: e);
        }
    }

    public void Save() => PrivateFiles.Write(
        _folder.Operators,
        JsonSerializer.Serialize(_operators.Values.ToArray(), EnrollJson.Default.OperatorEntryArray) + "\n");
}

/// <summary>A person who may use the console. The role is stored here and nowhere else: not in the certificate, which outlives
/// a change of duty.</summary>
/// <param name="Name">Without the prefix that the certificate's CN has.</param>
/// <param name="Serial">As in <see cref="NodeEntry"/>.</param>
/// <param name="Sha256">As in <see cref="NodeEntry"/>. No other certificate of this name is accepted.</param>
internal sealed record OperatorEntry(
    string Name, OperatorRole Role, string Serial, string Sha256, DateTimeOffset SignedAt, DateTimeOffset NotAfter)
{
    /// <summary>Precedes an operator's name in the certificate's CN; no node's name starts with it.</summary>
    public const string Prefix = "op-";

    /// <summary>The person's name, given with or without the prefix that the log and the certificate show.</summary>
    public static string NameOf(string text) => text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;

    /// <summary>The fingerprint of the authority that signed the certificate, lower-case hexadecimal.</summary>
    public string? Authority { get; init; }

    /// <summary>When the person was shut out; null while they may use the console.</summary>
    public DateTimeOffset? Revoked { get; init; }
}

/// <summary>What an operator may do at the console; each role may do what the ones before it may.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperatorRole>))]
internal enum OperatorRole
{
    /// <summary>Sees alerts as they arrive, as text: who is watched for, which plate, where, when. No pictures: many people
    /// see a screen in a control room.</summary>
    [JsonStringEnumMemberName("viewer")]
    Viewer,

    /// <summary>Also sees the pictures, to judge whether an alert is right; every look is in the audit log.</summary>
    [JsonStringEnumMemberName("reviewer")]
    Reviewer,

    /// <summary>Also sees the list of nodes, and shuts nodes out.</summary>
    [JsonStringEnumMemberName("administrator")]
    Administrator,
}
