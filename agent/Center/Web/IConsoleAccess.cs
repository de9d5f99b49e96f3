using Microsoft.AspNetCore.Server.Kestrel.Core;
using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>How the console is reached and who is admitted.</summary>
internal interface IConsoleAccess : IDisposable
{
    /// <summary>The first part of the console's address: <c>https</c>, or <c>http</c> on loopback.</summary>
    string Scheme { get; }

    /// <summary>For the page: <c>operator</c> or <c>demo</c>.</summary>
    string Kind { get; }

    /// <summary>The page for visitors who are not admitted.</summary>
    string DeniedPage { get; }

    /// <summary>What to say when the port can't be opened: where, and what to change.</summary>
    string Place { get; }

    /// <summary>Adds the port on which to listen, with its encryption.</summary>
    void Listen(KestrelServerOptions kestrel);

    /// <summary>Adds routes of its own, if it has any.</summary>
    void Map(IEndpointRouteBuilder routes);

    /// <summary>Called once the port is open.</summary>
    void Opened(int port);

    /// <summary>Whether a request for this host name is meant for us: a foreign page can have its own name point
    /// here.</summary>
    bool IsOwnHost(string host);

    /// <summary>Who makes this request, or null for somebody who is not admitted. Looked up at each request: a person who was
    /// shut out a moment ago is out.</summary>
    Visitor? Find(HttpContext context);
}

/// <summary>Who makes a request.</summary>
/// <param name="Name">The operator's name, or <c>demo</c>.</param>
internal sealed record Visitor(string Name, OperatorRole Role)
{
    /// <summary>Who makes this request; the guard lets nobody pass without it.</summary>
    public static Visitor Of(HttpContext context) =>
        context.Features.Get<Visitor>() ?? throw new InvalidOperationException("a request passed the guard without a visitor");
}
