using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>Who the page speaks to.</summary>
/// <param name="Kind">As in <see cref="IConsoleAccess.Kind"/>.</param>
/// <param name="Token">For the header <see cref="ChangeToken.Header"/>.</param>
internal sealed record MeView(string Name, OperatorRole Role, string Kind, string Token);
