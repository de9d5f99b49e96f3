using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;
using Picket.Tests.Center;
using Picket.Tests.Center.Web;
using Picket.Tests.Support;
using Picket.Wire;
using Xunit.Abstractions;

namespace Picket.Tests.Fuzz;

/// <summary>The console over TLS, asked by people of the site whose browsers have gone mad: mutated requests, whole as they
/// stand on the wire.</summary>
public sealed class ConsoleFuzzTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>A request needs a handshake: as long as twenty parsed inputs.</summary>
    private const int Costs = 4;

    /// <summary>A person's burst is 300 requests (<see cref="ConsoleLimits"/>): whoever has had these makes room for the
    /// next.</summary>
    private const int RequestsPerPerson = 250;

    /// <summary>For a request that is not whole the server waits on; nobody else waits for it that long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(30));
    private readonly Guid _crop = Guid.CreateVersion7();
    private StateFolder _site = null!;
    private CenterStore _store = null!;
    private CertificateAccess _access = null!;
    private PageServer _server = null!;

    public async Task InitializeAsync()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
        var (_, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        Enrollment.Sign(_site, await File.ReadAllTextAsync(request), request, null, false, TimeProvider.System);
        _store = CenterStore.Open(_site.Database);
        var face = Events.Face("gate-1", Guid.CreateVersion7(), 1, Guid.CreateVersion7(), PassagePhase.New, 0, crop: _crop);
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xD9];
        await _store.CommitAsync([face.Received()], [new ReceivedCrop(_crop, "gate-1", face.Id, jpeg)], Events.Noon);
        _access = new CertificateAccess(_site, IPAddress.Loopback, 0, _ => { }, NullLogger.Instance, TimeProvider.System);
        _server = await PageServer.StartAsync(
            _access, _store.Reader, new CenterState(), new AuditLog(_site.Audit, TimeProvider.System),
            new NodeDesk(_site, new NodeRevocation(_site, null, TimeProvider.System), TimeProvider.System),
            NullLoggerFactory.Instance, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _access.Dispose();
        _store.Dispose();
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Ask_MutatedRequests_AnAnswerOrNoneAndTheConsoleGoesOn()
    {
        var count = Math.Max(100, FuzzOptions.Count / Costs);
        var answers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var from = 0; from < count; from += RequestsPerPerson)
        {
            var role = (OperatorRole)(from / RequestsPerPerson % Enum.GetValues<OperatorRole>().Length);
            using var person = OperatorBrowser.NewPerson(_site, $"p-{from}", role);
            var seeds = Seeds(await TokenAsync(person));
            foreach (var seed in seeds) Assert.NotEqual('5', (await StatusAsync(person, seed))[0]);
            var mutation = new ByteMutation(seeds, Words);
            for (var i = from; i < Math.Min(count, from + RequestsPerPerson); i++)
            {
                var input = mutation.Next(new Random(FuzzOptions.Seed + i));
                var status = await StatusAsync(person, input);
                Assert.False(
                    status[0] == '5' && status is not ("501" or "505"), // a method, coding or version that HTTP lets a server not know
                    $"input {i} of seed {FuzzOptions.Seed} was answered by {status}; base64: {Convert.ToBase64String(input)}\n"
                        + $"again with: {FuzzOptions.Command}");
                answers[status] = answers.GetValueOrDefault(status) + 1;
            }
        }
        output.WriteLine($"console: seed {FuzzOptions.Seed}, {count} requests: "
            + string.Join(", ", answers.Select(answer => $"{answer.Key} {answer.Value}")));

        // Some still were requests, some were refused: both halves were looked at.
        Assert.InRange(answers.GetValueOrDefault("200"), count / 100, count - 1);
        Assert.InRange(answers.GetValueOrDefault("400"), 1, count - 1);
        using var next = OperatorBrowser.Of(_site, "next", OperatorRole.Administrator, _server.Port);
        Assert.Contains(_crop.ToString(), await next.GetStringAsync("/api/alerts"));
        Assert.Equal("gate-1", Assert.Single(NodeRegistry.Load(_site).Nodes).Name);
        if (!File.Exists(_site.Audit)) return;
        using var log = File.OpenRead(_site.Audit);
        Assert.Null(AuditChain.Verify(log, null).Fault);
    }

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.0",
            "HTTP/2", "\r\n", "\r\n\r\n", "/..", "/../", "%2e%2e%2f", "%00", "%", "%zz", "%c0%af", "?", "#", "//",
            "\\", "Transfer-Encoding: chunked\r\n", "Content-Length: 99999999999999999999\r\n",
            "Content-Length: -1\r\n", "Host: evil.example\r\n", "Expect: 100-continue\r\n", "Upgrade: websocket\r\n",
            "Connection: Upgrade\r\n", "Sec-Fetch-Site: cross-site\r\n", "Range: bytes=0-1,5-,-1\r\n",
            "Accept-Encoding: gzip\r\n", "before=", "&before=", "ffffffff\r\n", "0\r\n\r\n", "Cookie: ",
            "http://localhost/", "00000000-0000-0000-0000-000000000000", "Last-Event-ID: 9999999999999999999999\r\n",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    /// <summary>Each route as the page asks for it.</summary>
    private byte[][] Seeds(string token)
    {
        var host = string.Create(CultureInfo.InvariantCulture, $"localhost:{_server.Port}");
        string[] paths =
        [
            "/", "/assets/icon.svg", "/api/me", "/api/alerts", $"/api/alerts?before=1773489600000000.{_crop:N}", "/api/status",
            $"/api/crops/{_crop}", "/nodes", "/api/nodes", "/api/alerts/stream",
        ];
        return
        [
            .. paths.Select(path => Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nAccept: */*\r\nConnection: close\r\n\r\n")),
            // A node that is not there: what is mutated into one that is, is an administrator's right.
            .. new[] { "gate-9", "gate-8" }.Select(node => Encoding.ASCII.GetBytes(
                $"POST /api/nodes/{node}/revoke HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\n{ChangeToken.Header}: {token}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")),
        ];
    }

    private async Task<string> TokenAsync(X509Certificate2 person)
    {
        using var browser = OperatorBrowser.New(_site, person, _server.Port);
        using var me = JsonDocument.Parse(await browser.GetStringAsync("/api/me"));
        return me.RootElement.GetProperty("token").GetString()!;
    }

    /// <summary>The three digits of the answer, <c>none</c> for none.</summary>
    private async Task<string> StatusAsync(X509Certificate2 person, byte[] request)
    {
        await using var raw = await RawMqtt.OpenAsync(_server.Port, _site.CaCertificate, person, _limit.Token);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await raw.SendAsync(request, _limit.Token);
            var line = Encoding.ASCII.GetString(await raw.ReadSomeAsync(patience.Token));
            return line.Length == 0 ? "none" : StatusOf(line);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return "none"; // closed, or still waiting for the rest of it
        }
    }

    private static string StatusOf(string answer)
    {
        Assert.StartsWith("HTTP/1.1 ", answer);
        return answer[9..12];
    }
}
