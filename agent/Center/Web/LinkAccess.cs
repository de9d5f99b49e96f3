using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>The demo's access: plain HTTP on this machine's loopback, behind a one-time link that is printed on standard
/// error. It knows no people, so it is no way to run a site.</summary>
/// <param name="port">0 for a free one.</param>
/// <param name="tell">Receives each new link.</param>
internal sealed class LinkAccess(int port, Action<string> tell, TimeProvider time) : IConsoleAccess
{
    private EntryLinks? _links;
    private int _port;

    public string Scheme => "http";

    public string Kind => "demo";

    public string DeniedPage => "denied.html";

    public string Place => $"demo page port {port} on 127.0.0.1, name a free one with --page-port, or 0";

    private string CookieName => $"picket-{_port}"; // cookies don't distinguish ports

    private EntryLinks Links => _links ?? throw new InvalidOperationException("a request came before the port was open");

    public void Listen(KestrelServerOptions kestrel) =>
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/enter/{token}", EnterAsync).WithMetadata(new RequiredRole(null));

    public void Opened(int port)
    {
        _port = port;
        _links = new EntryLinks(token => tell($"http://127.0.0.1:{port}/enter/{token}"), time);
        _links.Renew();
    }

    public bool IsOwnHost(string host) => host is "127.0.0.1" or "localhost";

    public Visitor? Find(HttpContext context) =>
        Links.IsSession(context.Request.Cookies[CookieName]) ? new Visitor("demo", OperatorRole.Administrator) : null;

    public void Dispose()
    {
        // Kestrel's port is the server's.
    }

    private Task EnterAsync(HttpContext context)
    {
        var session = Links.Enter((string)context.GetRouteValue("token")!);
        if (session is null) return PageAssets.SendAsync(context, DeniedPage, StatusCodes.Status403Forbidden);
        context.Response.Cookies.Append(CookieName, session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            MaxAge = EntryLinks.SessionLife,
            Path = "/",
        });
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }
}
