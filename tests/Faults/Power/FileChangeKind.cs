namespace Picket.Faults.Power;

/// <summary>See <see cref="FileChange"/>.</summary>
internal enum FileChangeKind
{
    Create,
    Write,
    SetLength,
    Sync,
    Delete,
}
