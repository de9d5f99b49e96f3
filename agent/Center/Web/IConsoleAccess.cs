using Microsoft.AspNetCore.Server.Kestrel.Core;
using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>Over what the console is reached and who is let in.</summary>
internal interface IConsoleAccess : IDisposable
{
    /// <summary>The first part of the console's address: <c>https</c>, or <c>http</c> on loopback.</summary>
    string Scheme { get; }

    /// <summary>For the page: <c>operator</c> or <c>demo</c>.</summary>
    string Kind { get; }

    /// <summary>The page that somebody gets who is not let in.</summary>
    string DeniedPage { get; }

    /// <summary>What to say when the port can't be had: where, and what to change.</summary>
    string Place { get; }

    /// <summary>Adds the port on which to listen, with its encryption.</summary>
    void Listen(KestrelServerOptions kestrel);

    /// <summary>Adds routes of its own, if it has any.</summary>
    void Map(IEndpointRouteBuilder routes);

    /// <summary>Called once, when the port is open.</summary>
    void Opened(int port);

    /// <summary>Whether a request for this host name is meant for us: a page of elsewhere can have its own name point
    /// here.</summary>
    bool IsOwnHost(string host);

    /// <summary>Who makes this request now, or null for nobody who may. Looked up at each request: who was shut out a
    /// moment ago is out.</summary>
    Visitor? Find(HttpContext context);
}

/// <summary>Who makes a request.</summary>
/// <param name="Name">The operator's name, or <c>demo</c>.</param>
internal sealed record Visitor(string Name, OperatorRole Role)
{
    /// <summary>Who makes this request; the guard lets nobody pass for whom this is not set.</summary>
    public static Visitor Of(HttpContext context) =>
        context.Features.Get<Visitor>() ?? throw new InvalidOperationException("a request passed the guard without a visitor");
}
