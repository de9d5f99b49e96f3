using Picket.Agent;
using Picket.Agent.Cli;
using Picket.Host;

PrivateFileModes.Set();
StandardStreams.Set();
return await CommandLine.RunAsync(args).ConfigureAwait(false);
