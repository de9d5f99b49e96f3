using Picket.Center.Cli;

PrivateFileModes.Set();
StandardStreams.Set();
return await CenterCommandLine.RunAsync(args);
