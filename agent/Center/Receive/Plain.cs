using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary><see cref="PlainText"/> under the name that the center knows it by.</summary>
internal static class Plain
{
    public static string Text(string? text, int maxLength = 120) => PlainText.Of(text, maxLength);
}
