using Foreshard.FleetClient;

await Load.RunAsync(ClientArguments.Parse(args));
