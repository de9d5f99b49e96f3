namespace Picket.Center.Store;

/// <summary>What an error of the database means for who wants to try again.</summary>
internal enum StoreFault
{
    /// <summary>No error of a database.</summary>
    None,

    /// <summary>Of what was to be stored, not of where: the rest can be stored without it.</summary>
    Content,

    /// <summary>Passes, whenever that may be: a full or read-only disk, a lock, a server that restarts.</summary>
    Passing,

    /// <summary>A disk that reads or writes wrong: passes soon, or the disk is broken.</summary>
    Disk,

    /// <summary>Does not pass: damaged, gone.</summary>
    Lasting,
}
