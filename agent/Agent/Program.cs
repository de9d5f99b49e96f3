using Picket.Agent;
using Picket.Agent.Cli;

PrivateFileModes.Set();
return await CommandLine.RunAsync(args).ConfigureAwait(false);
