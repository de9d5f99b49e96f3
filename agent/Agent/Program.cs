using Picket.Agent.Cli;

PrivateFileModes.Set();
StandardStreams.Set();
return await CommandLine.RunAsync(args);
