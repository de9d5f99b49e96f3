using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Picket.Center.Web;

/// <summary>The console's bounds: on connections, bytes and requests.</summary>
internal static class ConsoleLimits
{
    /// <summary>The rate limit for requests that change something.</summary>
    public const string Changes = "changes";

    /// <summary>40 browsers with 6 connections each.</summary>
    private const int MaxConnections = 256;

    /// <summary>The longest body is <c>{}</c>; there is room for what a person might write later.</summary>
    private const int MaxBodyBytes = 4096;

    /// <summary>A page with 50 pictures is 60 requests; five of them at once, then twenty requests a second.</summary>
    private const int RequestBurst = 300;

    private const int RequestsPerSecond = 20;

    /// <summary>A person shuts out one node at a time and reads what happened.</summary>
    private const int ChangesPerMinute = 10;

    public static void Apply(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = MaxBodyBytes;
        limits.MaxRequestLineSize = 2048; // the longest path with its cursor has 120 characters
        limits.MaxRequestHeadersTotalSize = 16 * 1024; // a browser sends 1 kB
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
    }

    /// <summary>Per visitor, or per address while the visitor is unknown.</summary>
    public static void Apply(RateLimiterOptions limits)
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.OnRejected = (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = "5";
            return ValueTask.CompletedTask;
        };
        limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            RateLimitPartition.GetTokenBucketLimiter(Key(context), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = RequestBurst,
                TokensPerPeriod = RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
        limits.AddPolicy(Changes, context =>
            RateLimitPartition.GetFixedWindowLimiter(Key(context), _ => new FixedWindowRateLimiterOptions
            {
                PermitLimit = ChangesPerMinute,
                Window = TimeSpan.FromMinutes(1),
                QueueLimit = 0,
            }));
    }

    private static string Key(HttpContext context) =>
        context.Features.Get<Visitor>()?.Name ?? context.Connection.RemoteIpAddress?.ToString() ?? "?";
}
