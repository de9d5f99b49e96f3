using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Picket.Center.Web;
using Picket.Wire;
using HttpProtocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols;

namespace Picket.Center.Enroll;

/// <summary>The enrollment port: HTTPS with TLS 1.3, <c>POST /v1/join</c> for machines with a code, <c>POST /v1/renew</c>
/// for nodes with their certificate, expired or not. It reads nothing else.</summary>
internal sealed partial class EnrollmentServer : IAsyncDisposable
{
    /// <summary>A person types at most ten codes a minute; each wrong one is also counted.</summary>
    private const int JoinsPerAddressAndMinute = 10;

    /// <summary>Nodes behind one address translator share it: 60 nodes that start together ask twice each.</summary>
    private const int RenewalsPerAddressAndMinute = 120;

    /// <summary>60 nodes behind one address translator, twice; an address that holds on to its connections leaves half of the
    /// places to others.</summary>
    private const int ConnectionsPerAddress = 128;

    /// <summary>5,000 nodes that start together ask within a minute, some twice: serving them all at once would take 167 a second;
    /// the rest come back after their back-off. A request costs a few milliseconds.</summary>
    private const int RequestsPerSecond = 100;

    private readonly WebApplication _app;
    private readonly EnrollmentIdentity _identity;
    private readonly Admission _admission;
    private readonly StateFolder _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _one = new(1);
    private readonly PartitionedRateLimiter<HttpContext> _limits = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<HttpContext, string>(PerAddress),
        PartitionedRateLimiter.Create<HttpContext, int>(_ => RateLimitPartition.GetTokenBucketLimiter(0, _ => new()
        {
            TokenLimit = 2 * RequestsPerSecond,
            TokensPerPeriod = RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        })));

    private EnrollmentServer(
        WebApplication app, EnrollmentIdentity identity, StateFolder folder, ILogger log, TimeProvider time)
    {
        _app = app;
        _identity = identity;
        _folder = folder;
        _log = log;
        _time = time;
        _admission = new Admission(folder, time);
    }

    public int Port { get; private set; }

    /// <summary>Serves until disposed.</summary>
    /// <param name="port">0 for a free one.</param>
    /// <exception cref="PicketException">The port is taken or not allowed, or there is no authority.</exception>
    public static async Task<EnrollmentServer> StartAsync(
        StateFolder folder, IPAddress bind, int port, ILoggerFactory loggers, TimeProvider time)
    {
        var identity = new EnrollmentIdentity(folder, time);
        _ = identity.Server; // a fault of the authority is reported now, not to the first node
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Memory: 256 x (16 kB of body, TLS buffers of about 40 kB) is 14 MB.
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Limits.MaxRequestBodySize = EnrollmentJson.MaxRequestBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 32;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(20);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(20);
            kestrel.Listen(bind, port, listen =>
            {
                // HTTP/2 would be a second parser that strangers' bytes reach, and its streams more requests than connections.
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(new ConnectionQuota(ConnectionsPerAddress).Limit);
                listen.UseHttps(Tls(identity));
            });
        });
        var server = new EnrollmentServer(
            builder.Build(), identity, folder, loggers.CreateLogger("Picket.Center.Enroll"), time);
        server._app.Use(server.GuardAsync);
        server._app.UseRouting();
        server._app.MapPost(EnrollmentJson.JoinPath, server.JoinAsync);
        server._app.MapPost(EnrollmentJson.RenewPath, server.RenewAsync);
        try
        {
            await server._app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await server.DisposeAsync();
            throw new PicketException(
                $"enrollment port {port} on {bind}: {e.Message.TrimEnd('.')}; name another with --enroll-bind and --enroll-port "
                    + "(0 takes a free one)",
                inner: e);
        }
        server.Port = new Uri(server._app.Urls.First()).Port;
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        await _limits.DisposeAsync();
        _identity.Dispose();
        _one.Dispose();
    }

    /// <summary>No certificate is needed to join; one that is presented must be from this site. Its dates don't matter: this port
    /// is where an expired one is replaced.</summary>
    private static HttpsConnectionAdapterOptions Tls(EnrollmentIdentity identity) => new()
    {
        SslProtocols = SslProtocols.Tls13,
        HandshakeTimeout = TimeSpan.FromSeconds(20), // as the broker's: 5,000 nodes at once
        ServerCertificateSelector = (_, _) => identity.Server,
        ClientCertificateMode = ClientCertificateMode.AllowCertificate,
        ClientCertificateValidation = (certificate, _, _) => identity.IsOurs(certificate),
    };

    private static RateLimitPartition<string> PerAddress(HttpContext context)
    {
        var isJoin = context.Request.Path == EnrollmentJson.JoinPath;
        var limit = isJoin ? JoinsPerAddressAndMinute : RenewalsPerAddressAndMinute;
        var address = context.Connection.RemoteIpAddress;
        // An IPv6 host has a whole /64 of addresses.
        var key = address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }
            ? Convert.ToHexString(address.GetAddressBytes(), 0, 8)
            : $"{address}";
        return RateLimitPartition.GetFixedWindowLimiter($"{isJoin} {key}", _ => new()
        {
            PermitLimit = limit,
            Window = TimeSpan.FromMinutes(1),
        });
    }

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        using var lease = _limits.AttemptAcquire(context);
        if (lease.IsAcquired)
        {
            await next(context);
            return;
        }
        context.Response.Headers.RetryAfter = "60";
        await SendAsync(context, StatusCodes.Status429TooManyRequests, new(1, Error: "too many requests; try again in a minute"));
    }

    private Task JoinAsync(HttpContext context) => ServeAsync(context, body =>
    {
        var request = EnrollmentJson.TryReadJoin(body, out var error) ?? throw Malformed(error);
        var (node, bundle) = _admission.Join(request, Source(context));
        LogJoined(_log, node, Source(context));
        return new EnrollmentAnswer(1, Bundle: bundle);
    });

    private Task RenewAsync(HttpContext context) => ServeAsync(context, body =>
    {
        var request = EnrollmentJson.TryReadRenew(body, out var error) ?? throw Malformed(error);
        var presented = context.Connection.ClientCertificate
            ?? throw new EnrollmentRefusedException(
                StatusCodes.Status403Forbidden, "without the node's certificate there is nothing to renew; join with a code");
        var (node, answer) = _admission.Renew(presented, request, Source(context));
        if (answer.Bundle is not null) LogRenewed(_log, node, Source(context));
        return answer;
    });

    /// <summary>Reads the body, decides under the folder's lock, answers.</summary>
    private async Task ServeAsync(HttpContext context, Func<byte[], EnrollmentAnswer> decide)
    {
        var cancel = context.RequestAborted;
        try
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, cancel); // Kestrel ends it at MaxRequestBytes
            EnrollmentAnswer answer;
            await _one.WaitAsync(cancel);
            try
            {
                using var held = await _folder.TakeLockAsync(_time, cancel);
                answer = decide(body.ToArray());
            }
            finally
            {
                _one.Release();
            }
            await SendAsync(context, StatusCodes.Status200OK, answer);
        }
        catch (EnrollmentRefusedException e)
        {
            LogRefused(_log, context.Request.Path, Source(context), PlainText.Of(e.Message, 400));
            await SendAsync(context, e.Status, new(1, Error: e.Message));
        }
        catch (BadHttpRequestException e)
        {
            LogRefused(_log, context.Request.Path, Source(context), PlainText.Of(e.Message, 400));
            await SendAsync(context, e.StatusCode, new(1, Error: $"at most {EnrollmentJson.MaxRequestBytes} bytes are read"));
        }
        catch (PicketException e)
        {
            // The message is for the operator here, not for the client.
            LogFailed(_log, e.Message);
            await SendAsync(context, StatusCodes.Status503ServiceUnavailable, new(1, Error: "the center can't answer now; try again"));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The client is gone.
            return;
        }
    }

    private static Task SendAsync(HttpContext context, int status, EnrollmentAnswer answer)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(EnrollmentJson.Write(answer), context.RequestAborted).AsTask();
    }

    private static EnrollmentRefusedException Malformed(string error) =>
        new(StatusCodes.Status400BadRequest, $"malformed request: {error}");

    private static string Source(HttpContext context) => $"{context.Connection.RemoteIpAddress}";

    [LoggerMessage(2101, LogLevel.Information, "Node {Node} joined from {Source}")]
    private static partial void LogJoined(ILogger log, string node, string source);

    [LoggerMessage(2102, LogLevel.Information, "Node {Node} was given a certificate or authorities, from {Source}")]
    private static partial void LogRenewed(ILogger log, string node, string source);

    [LoggerMessage(2103, LogLevel.Warning, "Enrollment port: {Path} from {Source} refused: {Reason}")]
    private static partial void LogRefused(ILogger log, string path, string source, string reason);

    [LoggerMessage(2104, LogLevel.Error, "Enrollment port: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
