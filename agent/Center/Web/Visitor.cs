using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>Who makes a request.</summary>
/// <param name="Name">The operator's name, or <c>demo</c>.</param>
internal sealed record Visitor(string Name, OperatorRole Role)
{
    /// <summary>Who makes this request; the guard lets nobody pass for whom this is not set.</summary>
    public static Visitor Of(HttpContext context) =>
        context.Features.Get<Visitor>() ?? throw new InvalidOperationException("a request passed the guard without a visitor");
}
