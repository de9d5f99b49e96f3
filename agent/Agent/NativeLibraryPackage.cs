namespace Picket.Agent;

/// <summary>A library by its soname, and the Debian package that brings it.</summary>
internal readonly record struct NativeLibraryPackage(string Name, string Package);
