using Foreshard.CrashWorker;

await Worker.RunAsync(WorkerArguments.Parse(args));
