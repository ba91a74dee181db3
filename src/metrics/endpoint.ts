import type { Log } from '../kit/log.ts';
import { createExposition, type Exposition, type ExpositionNeeds } from './exposition.ts';
import { startMetricsServer } from './server.ts';

/** The metrics of all processes, and their own port, if there is one. */
export interface MetricsEndpoint {
  readonly exposition: Exposition;
  /** Reports these providers from now on. The port stays. */
  reload(providers: readonly string[]): void;
  close(): void;
}

/** The dependencies of the endpoint. Without `listen` it opens no port. */
export interface EndpointNeeds extends Pick<ExpositionNeeds, 'snapshots' | 'readQueue' | 'webhookAttempts'> {
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly log: Log;
}

/** Starts the metrics endpoint in the process with the database. */
export async function startMetricsEndpoint(
  providers: readonly string[],
  { listen, log, ...read }: EndpointNeeds,
): Promise<MetricsEndpoint> {
  let reported = providers;
  const exposition = createExposition({ ...read, providers: () => reported });
  const server = listen && (await startMetricsServer(listen, { exposition, log }));
  return {
    exposition,
    reload: (next) => {
      reported = next;
    },
    close: () => server?.close(),
  };
}
