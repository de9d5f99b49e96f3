namespace Picket.Center.Receive;

/// <summary>What became of a file that was carried here by hand.</summary>
/// <param name="Error">Why nothing of it was taken, or null; then the rest says what was.</param>
/// <param name="Stored">Events that were not there before.</param>
/// <param name="Duplicates">Events that were there already.</param>
/// <param name="Conflicts">Events that claim a place another event holds; kept aside.</param>
/// <param name="Crops">Crops that are now there.</param>
/// <param name="Refused">Lines that are no sound event or crop of this node; not acknowledged.</param>
/// <param name="FirstRefusal">Why the first of these was refused, or null.</param>
/// <param name="AcksFile">What is to be carried back.</param>
/// <param name="AcksFault">Why there is nothing to carry back although all is stored, or null.</param>
internal sealed record ImportResult(
    string? Error, int Stored = 0, int Duplicates = 0, int Conflicts = 0, int Crops = 0, int Refused = 0,
    string? FirstRefusal = null, string? AcksFile = null, string? AcksFault = null)
{
    public bool IsWhole => Error is null && AcksFault is null && Refused == 0;
}
