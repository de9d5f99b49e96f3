using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Web;

/// <summary>What every request passes before its route, in this order: headers of the answer, host, where the request comes
/// from, who makes it, rate, role, and for a change the proof that our own page asked for it.</summary>
internal sealed class RequestGuard(IConsoleAccess access, AuditLog audit, ILogger log, TimeProvider time)
{
    /// <summary>Scripts, styles and pictures only from here, nothing inline, in nobody's frame.</summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>A person's refusals go into the audit log at most this often: the log is never cut, and a page that keeps asking
    /// would fill it.</summary>
    private static readonly TimeSpan AuditInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, long> _auditedAt = []; // by person: as many as there are operators
    private readonly Lock _gate = new();
    private readonly Throttle _refused = new(time, Throttle.OneSecond);

    public int Port { get; set; }

    public ChangeToken Token { get; } = new();

    /// <summary>The part before the rate limit.</summary>
    public async Task IdentifyAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), usb=()";
        var host = context.Request.Host;
        if (!access.IsOwnHost(host.Host) || (host.Port ?? (access.Scheme == "https" ? 443 : 80)) != Port)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "asked for another host");
            await context.Response.WriteAsync("This page is only served under its own name.\n");
            return;
        }
        if (IsForeign(context.Request))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "comes from another site's page");
            return;
        }
        if (access.Find(context) is { } visitor) context.Features.Set(visitor);
        await next(context);
    }

    /// <summary>The part after the rate limit.</summary>
    public Task AuthorizeAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.GetEndpoint();
        var required = endpoint?.Metadata.GetMetadata<RequiredRole>();
        if (required is { Role: null }) return next(context);
        if (context.Features.Get<Visitor>() is not { } visitor)
        {
            return context.Request.Path.StartsWithSegments("/api")
                ? RefuseAsync(context, StatusCodes.Status401Unauthorized, "is not admitted")
                : DenyAsync(context);
        }
        if (endpoint is null) return next(context); // not found
        if (required is null || visitor.Role < required.Role)
            return RefuseKnownAsync(context, visitor, $"needs the role {required?.Role}");
        var method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !IsOwnChange(context.Request, visitor))
            return RefuseKnownAsync(context, visitor, "is a change that our own page did not ask for");
        return next(context);
    }

    private async Task DenyAsync(HttpContext context)
    {
        await RefuseAsync(context, StatusCodes.Status401Unauthorized, "is not admitted");
        await PageAssets.SendAsync(context, access.DeniedPage, StatusCodes.Status401Unauthorized);
    }

    /// <summary>A known person who wanted more than is allowed is also recorded in the audit log.</summary>
    private async Task RefuseKnownAsync(HttpContext context, Visitor visitor, string reason)
    {
        await RefuseAsync(context, StatusCodes.Status403Forbidden, reason);
        lock (_gate)
        {
            if (_auditedAt.TryGetValue(visitor.Name, out var at) && time.GetElapsedTime(at) < AuditInterval) return;
            _auditedAt[visitor.Name] = time.GetTimestamp();
        }
        try
        {
            var request = PlainText.Of($"{context.Request.Method} {context.Request.Path}", 120);
            await audit.AddAsync(new AuditEntry(
                visitor.Name, context.Connection.RemoteIpAddress?.ToString(), AuditAct.Refused, $"{request} {reason}"));
        }
        catch (PicketException e)
        {
            WebLog.AuditUnusable(log, e.Message); // nothing was shown or done
        }
    }

    private Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        if (_refused.Add() is not (> 0 and var count)) return Task.CompletedTask;
        var request = $"{context.Request.Method} {context.Request.Path}";
        WebLog.Refused(
            log,
            count,
            context.Features.Get<Visitor>()?.Name ?? "nobody known",
            context.Connection.RemoteIpAddress?.ToString() ?? "?",
            $"{PlainText.Of(request, 80)} {reason}");
        return Task.CompletedTask;
    }

    /// <summary>Fetch metadata (W3C): browsers say themselves which page a request comes from. From another site a person may
    /// follow a link to the page itself, nothing else.</summary>
    private static bool IsForeign(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is "" or "same-origin" or "none") return false;
        return !(HttpMethods.IsGet(request.Method)
            && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document"
            && !request.Path.StartsWithSegments("/api"));
    }

    private bool IsOwnChange(HttpRequest request, Visitor visitor) =>
        request.Headers[HeaderNames.Origin] == $"{access.Scheme}://{request.Host.Value}"
        && request.HasJsonContentType()
        && Token.IsOf(visitor, request.Headers[ChangeToken.Header].ToString());
}

/// <summary>On each route: the lowest role that may use it. A route without it is refused to everybody.</summary>
/// <param name="Role">Null if nothing about the site is shown: the page's own files, the entry.</param>
internal sealed record RequiredRole(OperatorRole? Role);

/// <summary>What a request that changes something must carry besides the visitor's certificate or cookie, which a browser
/// also adds to requests from foreign pages. Only our own page can read it. Any thread.</summary>
internal sealed class ChangeToken
{
    public const string Header = "X-Picket-Token";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32); // as long as SHA-256's result; only in this process

    public string For(Visitor visitor) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(visitor.Name)));

    public bool IsOf(Visitor visitor, string token) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(For(visitor)), Encoding.UTF8.GetBytes(token));
}
