import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { handleSignals, handleWorkerSignals } from './runtime/signals.ts';

// slow modules are loaded after the signal handlers, and the supervisor loads only the modules that it needs
if (cluster.isWorker && process.argv[2] === 'worker') {
  let end = (): void => process.exit();
  handleWorkerSignals(() => end());
  const { runWorker: work } = await import('./runtime/workers/worker.ts');
  end = work();
} else {
  const signals = handleSignals();
  const words = process.argv.slice(2);
  if (words.length > 0) process.exitCode = await (await import('./cli/cli.ts')).runCli(words, signals);
  else await (await import('./runtime/run-server.ts')).runServer(signals, fileURLToPath(import.meta.url));
}
