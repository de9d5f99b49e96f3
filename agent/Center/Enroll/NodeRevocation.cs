using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Picket.Center.Broker;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>
/// Shuts one node out for good: its certificates are no longer accepted, and the connection that it has now ends. Nobody else's
/// is touched.
/// </summary>
/// <remarks>
/// The center's own broker looks the node up in the list, and cuts its connection when the list has changed. With a mosquitto, its
/// certificates also go on the revocation list, and its topics off the access list; everything below is for that. mosquitto 2.0
/// reads the revocation list only at the handshake, so an open connection stays (measured). But a client id exists once: whoever
/// connects with the same id displaces the one before, and the id is the certificate's name. So two certificates in the node's
/// name are made for the purpose. The first is on the list from the start: while it is accepted, the broker has not read the list.
/// Once it is refused, no certificate of the node is accepted any more, and the second, not yet on the list, takes the node's place
/// and leaves. Then it goes on the list too. Both are in the node list as revoked before they are used, and have no rights: if the
/// verb is interrupted at any point, it is simply run again. A third, in a name of the center's, then removes what the node had the
/// broker retain, which would otherwise stay in its memory forever.
/// </remarks>
/// <param name="mosquitto">The broker; null for the center's own.</param>
internal sealed class NodeRevocation(StateFolder folder, BrokerAddress? mosquitto, TimeProvider time)
{
    /// <summary>A broker with 5,000 nodes reads its lists in well under a second; 200 pauses are 20 s.</summary>
    private const int Attempts = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Works until the node is out. The caller has written it to the audit log before.</summary>
    /// <returns>Whether a broker was running; a broker that starts later reads the lists.</returns>
    /// <exception cref="PicketException">There is no such node, a file can't be written, or the broker does not answer: then
    /// the lists are written, and only the open connection may still be there.</exception>
    public async Task<bool> RunAsync(string name, CancellationToken cancel)
    {
        using var held = await folder.TakeLockAsync(time, cancel);
        using var authorities = SiteAuthorities.Load(folder, time);
        // The broker is recognized by it below: if the file were gone, the broker would only seem to refuse the node.
        if (TrustFiles.WrongAuthorities(folder, authorities).Length > 0) TrustFiles.MendAuthorities(folder, authorities);
        var registry = RequireKnown(folder, name);
        // A code that was made for the node and not used yet would admit it again.
        var codes = JoinCodes.Load(folder);
        if (codes.Remove(name)) codes.Save();
        registry.Revoke(name, time.GetUtcNow());
        return mosquitto is null
            ? await WriteAndWaitAsync(authorities, registry, name, cancel)
            : await ShutOutOfAsync(mosquitto, authorities, registry, name, cancel);
    }

    /// <summary>Writes the list, and waits until the running center acts on it.</summary>
    private async Task<bool> WriteAndWaitAsync(
        SiteAuthorities authorities, NodeRegistry registry, string name, CancellationToken cancel)
    {
        registry.Save();
        TrustFiles.WriteRevoked(folder, authorities, registry);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (SeenList.IsNow(folder) is not false) return SeenList.IsNow(folder) is true;
            await Task.Delay(Pause, time, cancel);
        }
        throw new PicketException(
            $"node {name}: revoked, but the running center does not apply the list, so its connection may still be open; read "
                + "its log, and restart it");
    }

    private async Task<bool> ShutOutOfAsync(
        BrokerAddress broker, SiteAuthorities authorities, NodeRegistry registry, string name, CancellationToken cancel)
    {
        PrivateFiles.CreateFolder(folder.RevocationFolder);
        try
        {
            var probe = NewCertificate(registry, authorities.Issuing, name, "probe");
            var successor = NewCertificate(registry, authorities.Issuing, name, "successor");
            var sweeper = NewCertificate(registry, authorities.Issuing, name, "sweeper", BrokerFiles.Sweeper);
            registry.Put(registry.Find(name)! with { Leaving = true });
            registry.Save();
            TrustFiles.WriteRevoked(folder, authorities, registry, without: [successor, sweeper]);
            var told = BrokerReload.Signal(folder);
            if (!told && !await IsListeningAsync(broker, cancel))
            {
                TrustFiles.WriteRevoked(folder, authorities, registry);
                Finish(registry, name);
                return false;
            }
            if (!told)
                throw new PicketException(
                    $"broker {broker}: is running, but could not be told to read its lists again; send it SIGHUP as its own user, "
                        + "then run this again");
            await WaitUntilRefusedAsync(broker, name, cancel);
            if (!await GetsInAsync(broker, name, "successor", cancel))
                throw new PicketException(
                    $"node {name}: revoked, but the broker {broker} does not answer, so its open connection may still be "
                        + "there; run this again, or restart the broker");
            await SweepAsync(broker, name, cancel);
            TrustFiles.WriteRevoked(folder, authorities, registry);
            BrokerReload.Signal(folder);
            Finish(registry, name);
            return true;
        }
        finally
        {
            Directory.Delete(folder.RevocationFolder, recursive: true);
        }
    }

    /// <exception cref="PicketException">There is no such node.</exception>
    public static NodeRegistry RequireKnown(StateFolder folder, string name)
    {
        var registry = NodeRegistry.Load(folder);
        return registry.Find(name) is not null
            ? registry
            : throw new PicketException(
                $"node {PlainText.Of(name, 64)}: none of this name; see picket-center node list --state "
                    + ShellText.Word(folder.Root),
                ExitCode.BadUsage);
    }

    private static void Finish(NodeRegistry registry, string name)
    {
        registry.Put(registry.Find(name)! with { Leaving = null });
        registry.Save();
    }

    /// <summary>Whether anything listens there at all: a broker that only refuses may still hold the node's connection.</summary>
    private static async Task<bool> IsListeningAsync(BrokerAddress broker, CancellationToken cancel)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(broker.Host, broker.Port, cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task WaitUntilRefusedAsync(BrokerAddress broker, string name, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (!await GetsInAsync(broker, name, "probe", cancel)) return;
            await Task.Delay(Pause, time, cancel);
        }
        throw new PicketException(
            $"node {name}: the broker {broker} still accepts a revoked certificate; check that it was started with "
                + $"{folder.BrokerConfiguration} and read its log, then run this again");
    }

    /// <summary>Makes a certificate that is listed as the node's, revoked; its files are in the folder. Returns the
    /// serial.</summary>
    /// <param name="commonName">In whose name it is; null for the node's.</param>
    private string NewCertificate(
        NodeRegistry registry, SiteAuthority authority, string name, string file, string? commonName = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.IssueClient(commonName ?? name, new PublicKey(key));
        PrivateFiles.Write(KeyFile(file), key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFiles.Write(CertificateFile(file), certificate.ExportCertificatePem() + "\n");
        var node = registry.Find(name)!;
        var revoked = new FormerCertificate(
            certificate.SerialNumber,
            Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)),
            certificate.NotAfter.ToUniversalTime(),
            authority.Fingerprint,
            node.Revoked);
        registry.Put(node with { Former = [.. node.Former ?? [], revoked] });
        return certificate.SerialNumber;
    }

    /// <summary>Replaces what the broker retains for the node by empty messages (MQTT 5.0, 3.3.1.3).</summary>
    private async Task SweepAsync(BrokerAddress broker, string name, CancellationToken cancel)
    {
        try
        {
            await using var connection = await ConnectAsync(broker, BrokerFiles.Sweeper, "sweeper", cancel);
            foreach (var topic in (string[])[Topics.Event(name), Topics.Crop(name), Topics.Status(name)])
            {
                var reason = await connection.PublishAsync(topic, ReadOnlyMemory<byte>.Empty, 1, retain: true, cancel);
                if (reason is not MqttReason.Success and not MqttReason.NoMatchingSubscribers) throw new MqttException($"{reason}");
            }
        }
        catch (MqttException e)
        {
            throw new PicketException(
                $"node {name}: is out, but what it left at the broker {broker} could not be removed ({e.Message.TrimEnd('.')}); "
                    + "run this again, or restart the broker",
                inner: e);
        }
    }

    private async Task<bool> GetsInAsync(BrokerAddress broker, string name, string file, CancellationToken cancel)
    {
        try
        {
            await using var connection = await ConnectAsync(broker, name, file, cancel);
            return true;
        }
        catch (MqttException)
        {
            // Refused, or nobody is there: the caller knows which of the two it can be.
            return false;
        }
    }

    private Task<MqttConnection> ConnectAsync(BrokerAddress broker, string name, string file, CancellationToken cancel) =>
        MqttConnection.ConnectAsync(
            new MqttOptions
            {
                Host = broker.Host,
                Port = broker.Port,
                ClientId = name,
                CaFile = folder.CaTrusted,
                CertificateFile = CertificateFile(file),
                KeyFile = KeyFile(file),
            },
            cancel);

    private string KeyFile(string file) => Path.Combine(folder.RevocationFolder, $"{file}.key");

    private string CertificateFile(string file) => Path.Combine(folder.RevocationFolder, $"{file}.pem");
}
