import Type from 'typebox';
import { sendHttpProblem } from '../http/errors.ts';
import type { Server } from '../http/server.ts';
import type { CallbackRequest } from '../sms/provider.ts';
import type { Deliveries } from './deliveries.ts';

const maxCallbackBytes = 262_144;
/** Meta batches statuses up to 3 MB: https://developers.facebook.com/docs/graph-api/webhooks/getting-started */
const maxBatchBytes = 3_145_728;

/** The route for delivery receipts of providers: `/callbacks/<provider>`, in any form. */
export async function callbacksApi(server: Server, { deliveries }: { readonly deliveries: Deliveries }): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBatchBytes }, (_request, body, done) =>
    done(null, body),
  );
  door('/callbacks/:provider', maxCallbackBytes);
  door('/callbacks/:provider(^whatsapp$)', maxBatchBytes);

  function door(url: string, bodyLimit: number): void {
    server.route({
      method: ['GET', 'POST'],
      url,
      bodyLimit,
      schema: { hide: true, params: Type.Object({ provider: Type.String() }) },
      handler: async (request, reply) => {
        const { provider: name } = request.params as { provider: string };
        const provider = deliveries.provider(name);
        if (!provider?.callback) return sendHttpProblem(request, reply, { code: 'not_found' });
        const call: CallbackRequest = {
          method: request.method,
          url: `${server.publicUrl}${pathOf(request.raw.url ?? '')}`,
          headers: request.headers,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        };
        const read = provider.callback(call);
        if (!read.ok) {
          return sendHttpProblem(request, reply, {
            code: read.error === 'malformed' ? 'bad_request' : 'not_the_provider',
          });
        }
        if (read.receipts.length > 0) await deliveries.receipts(name, read.receipts);
        return reply.type('text/plain; charset=utf-8').send(read.answer ?? '');
      },
    });
  }
}

/** The path and the query of a request target, which a proxy may write as a whole URL (RFC 9112 section 3.2.2). */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '');
}
