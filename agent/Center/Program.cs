using Picket.Center;
using Picket.Center.Cli;
using Picket.Host;

// For every verb: the authority's key is in the memory of most of them.
CoreDumps.TurnOff();
PrivateFileModes.Set();
StandardStreams.Set();
return await CenterCommandLine.Run(args);
