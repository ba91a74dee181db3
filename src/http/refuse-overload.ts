import { sendInternalError } from './broken-request.ts';
import type { LoadShedder } from './load-shedding.ts';
import { prerenderOverloadResponses } from './overload-response.ts';
import type { Server } from './server.ts';

/** From here on requests above the concurrency limit are refused, and the load shedder learns when each response starts. */
export async function refuseOverload(server: Server, shedder: LoadShedder, onRefusal: () => void): Promise<void> {
  const { limit: admission, connections } = shedder;
  const state = () => ({
    working: admission.inFlight,
    limit: admission.max,
    endedConnections: connections.ended,
  });
  shedder.onError = (error, request, response) =>
    sendInternalError(error, response, { headers: request.headers, server });
  shedder.responder = await prerenderOverloadResponses(server, server.log, state, onRefusal);
  server.addHook('onSend', (_request, reply, _payload, done) => {
    shedder.responseStarted(reply.raw);
    done();
  });
  server.addHook('onClose', async () => shedder.responder?.close());
}
