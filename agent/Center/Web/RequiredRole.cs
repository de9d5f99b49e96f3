using Picket.Center.Enroll;

namespace Picket.Center.Web;

/// <summary>On each route: the least role that may use it. A route without it is refused to everybody.</summary>
/// <param name="Role">Null where nothing of the site is shown: the page's own files, the entry.</param>
internal sealed record RequiredRole(OperatorRole? Role);
