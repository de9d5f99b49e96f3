using System.Text.Json;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The list of persons who may use the console, kept in <c>operators.json</c>.</summary>
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

    /// <exception cref="CenterException">The file is damaged.</exception>
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
            throw new CenterException(
                $"operator list {folder.Operators} is damaged ({e.Message.TrimEnd('.')}); restore it from its backup",
                inner: e);
        }
    }

    public void Save() => PrivateFiles.Write(
        _folder.Operators,
        JsonSerializer.Serialize(_operators.Values.ToArray(), EnrollJson.Default.OperatorEntryArray) + "\n");
}
