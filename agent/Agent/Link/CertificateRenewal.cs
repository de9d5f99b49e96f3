using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Picket.Agent.Link;

/// <summary>
/// Keeps a running node's certificate and authorities fresh: it asks the center daily whether something is due. Nothing
/// else in the node waits for it or fails with it; the link uses what is new when it next connects.
/// </summary>
/// <remarks>
/// The center decides when two thirds of the certificate's life are over, by the clock that the broker uses too; this
/// machine's may show 1970. Only elapsed time is measured here.
/// </remarks>
internal sealed partial class CertificateRenewal(
    NodeIdentity identity, string node, Uri? configured, TimeProvider time, ILogger log)
{
    /// <summary>3 kB a day: nothing on a 32 kbit/s line, and a new authority is known everywhere after two days.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    /// <summary>5,000 nodes that start together ask 83 times a second.</summary>
    private static readonly TimeSpan FirstWithin = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryMin = TimeSpan.FromMinutes(1);

    /// <summary>A line that comes back after weeks carries events within half a minute if the certificate is good, and
    /// within this time if it has expired.</summary>
    private static readonly TimeSpan RetryMax = TimeSpan.FromMinutes(10);

    /// <summary>A clock that is off by this much is worth a message; less is drift.</summary>
    private static readonly TimeSpan ClockDoubt = TimeSpan.FromHours(1);

    /// <summary>Works until canceled; a node without the center's address just keeps what it has.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var backoff = new Backoff(RetryMin, RetryMax, Random.Shared);
        var wait = FirstWithin * Random.Shared.NextDouble();
        try
        {
            while (true)
            {
                await Task.Delay(wait, time, cancel);
                try
                {
                    // Again at once, with the new certificate: so the center sees that it arrived.
                    if (await LookAsync(cancel)) await LookAsync(cancel);
                    backoff.Reset();
                    wait = Every * (0.75 + (Random.Shared.NextDouble() / 2));
                }
                catch (LinkException e)
                {
                    LogNotNow(log, e.Message);
                    wait = backoff.Next();
                }
                catch (Exception e) when (
                    e is PicketException or CryptographicException or IOException or UnauthorizedAccessException)
                {
                    LogRefused(log, e.Message);
                    wait = backoff.Next();
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    /// <summary>Asks once, and installs what the center sends. True if it sent a certificate.</summary>
    /// <exception cref="LinkException">Not now.</exception>
    /// <exception cref="PicketException">The center refuses, or is not this site's.</exception>
    internal async Task<bool> LookAsync(CancellationToken cancel)
    {
        Enrollment.Recover(identity);
        if (!File.Exists(identity.CertificateFile) || Address() is not { } url) return false;
        using var client = EnrollmentClient.ForNode(url, identity, time);
        var answer = await client.RenewAsync(null, cancel);
        if (client.ClockBehind is { } behind && behind.Duration() > ClockDoubt) LogClock(log, behind);
        if (answer.Due)
            answer = await client.RenewAsync(Enrollment.RequestNext(identity, node), cancel);
        if (answer.Bundle is null) return false;
        var isNew = Enrollment.InstallNext(identity, node, answer.Bundle, client.IsKnownRoot, url.Authority);
        if (isNew) LogRenewed(log, node);
        else LogAuthorities(log);
        return isNew;
    }

    private Uri? Address() =>
        configured ?? (File.Exists(identity.EnrollmentFile)
            ? EnrollmentClient.ParseUrl(File.ReadAllText(identity.EnrollmentFile).Trim())
            : null);

    [LoggerMessage(1331, LogLevel.Information, "Node {Node} has a new certificate; it is used from the next connection on")]
    private static partial void LogRenewed(ILogger log, string node);

    [LoggerMessage(1332, LogLevel.Information, "The site's authorities have changed")]
    private static partial void LogAuthorities(ILogger log);

    [LoggerMessage(1333, LogLevel.Information, "Certificate not checked now: {Reason}; it is tried again")]
    private static partial void LogNotNow(ILogger log, string reason);

    [LoggerMessage(1334, LogLevel.Error, "Certificate not renewed: {Reason}; events are still kept here")]
    private static partial void LogRefused(ILogger log, string reason);

    [LoggerMessage(1335, LogLevel.Warning,
        "This machine's clock is {Behind} behind the center's (ahead, if negative); events carry its time")]
    private static partial void LogClock(ILogger log, TimeSpan behind);
}
