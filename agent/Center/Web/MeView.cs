using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>Who the page speaks to.</summary>
/// <param name="Kind">As in <see cref="IConsoleAccess.Kind"/>.</param>
/// <param name="Token">For the header <see cref="ChangeToken.Header"/>.</param>
/// <param name="Ends">Certificates that end before long, a line each, as far as this person has to do with them.</param>
internal sealed record MeView(string Name, OperatorRole Role, string Kind, string Token, IReadOnlyList<string> Ends);
