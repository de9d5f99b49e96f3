using System.Text;
using Picket.Center.Enroll;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Fuzz;

/// <summary>What machines that want to join send, and what they are answered.</summary>
internal static class EnrollTargets
{
    private static readonly IReadOnlyList<byte[]> BombFiles =
        [.. WireTargets.JsonBombs, .. WireTargets.JsonBombs.Select(bomb => bomb[..EnrollmentJson.MaxRequestBytes])];

    public static FuzzTarget Join(TempFolder temp) => new()
    {
        Name = "request to join",
        Seeds = [EnrollmentJson.Write(new JoinRequest(1, "00112233445566778899", Csr(temp)))],
        Bombs = BombFiles,
        MaxBytes = EnrollmentJson.MaxRequestBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => EnrollmentJson.TryReadJoin(bytes, out var error).Or(error) is { } read ? EnrollmentJson.Write(read) : null,
    };

    public static FuzzTarget Renew(TempFolder temp) => new()
    {
        Name = "request to renew",
        Seeds =
        [
            EnrollmentJson.Write(new RenewRequest(1, [new string('a', 64), new string('0', 64)], Csr(temp))),
            EnrollmentJson.Write(new RenewRequest(1, [new string('a', 64)])),
        ],
        Bombs = BombFiles,
        MaxBytes = EnrollmentJson.MaxRequestBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => EnrollmentJson.TryReadRenew(bytes, out var error).Or(error) is { } read ? EnrollmentJson.Write(read) : null,
    };

    public static FuzzTarget Answer() => new()
    {
        Name = "answer to a request",
        Seeds =
        [
            EnrollmentJson.Write(new EnrollmentAnswer(1, Bundle: "-----BEGIN CERTIFICATE-----\n")),
            EnrollmentJson.Write(new EnrollmentAnswer(1, Due: true)),
            EnrollmentJson.Write(new EnrollmentAnswer(1, Error: "no such code")),
        ],
        Bombs = WireTargets.JsonBombs,
        MaxBytes = EnrollmentJson.MaxAnswerBytes,
        BudgetBytes = 64 * 1024,
        BudgetPerByte = 32,
        Read = bytes => EnrollmentJson.TryReadAnswer(bytes, out var error).Or(error) is { } read ? EnrollmentJson.Write(read) : null,
    };

    /// <summary>As people type it.</summary>
    public static FuzzTarget Code() => new()
    {
        Name = "join code",
        Seeds = [Encoding.UTF8.GetBytes(JoinCode.Create("gate-1", [1, 2, 3]).Reveal())],
        Bombs = [WireTargets.Filled("gate-1:", "A", ""), WireTargets.Filled("", ":", ""), WireTargets.Filled("gate-1:", "-", "")],
        Words = [.. new[] { "-", " ", ":", "o", "l", "I", "U", "é", "0" }.Select(Encoding.UTF8.GetBytes)],
        BudgetBytes = 16 * 1024,
        BudgetPerByte = 8,
        Read = bytes => JoinCode.TryParse(Encoding.UTF8.GetString(bytes), out var error).Or(error) is { } read
            ? Encoding.UTF8.GetBytes(read.Reveal())
            : null,
    };

    public static FuzzTarget Codes(TempFolder temp)
    {
        var folder = new StateFolder(temp.Path);
        var codes = JoinCodes.Load(folder);
        codes.Add(JoinCode.Create("gate-1", [1, 2, 3]), TimeSpan.FromDays(1), DateTimeOffset.UnixEpoch);
        codes.Add(JoinCode.Create("gate-2", [1, 2, 3]), TimeSpan.FromDays(1), DateTimeOffset.UnixEpoch);
        codes.Save();
        return new FuzzTarget
        {
            Name = "file of join codes",
            Seeds = [File.ReadAllBytes(folder.JoinCodes)],
            Refusal = typeof(PicketException),
            BudgetBytes = 256 * 1024,
            BudgetPerByte = 64,
            Costs = 4,
            Read = bytes =>
            {
                File.WriteAllBytes(folder.JoinCodes, bytes);
                var read = JoinCodes.Load(folder);
                read.Save();
                var written = File.ReadAllBytes(folder.JoinCodes);
                // Behind it: a wrong secret is counted.
                Assert.NotEqual(JoinVerdict.Valid, read.Check("gate-1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], DateTimeOffset.UnixEpoch));
                return written;
            },
        };
    }

    private static string Csr(TempFolder temp) => File.ReadAllText(OpenSsl.NewRequest(temp, "/CN=gate-1").Request);
}
