using Foreshard.CrashWorker;
using Foreshard.FleetClient;

if (args[0] == FleetMover.Word) await FleetMover.RunAsync(ClientArguments.Parse(args[1..]));
else await Worker.RunAsync(WorkerArguments.Parse(args));
