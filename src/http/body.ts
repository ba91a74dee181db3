import type { Server } from './server.ts';

/** The largest body that we read, in bytes. */
export const bodyLimit = 16 * 1024;

/**
 * Reads bodies as JSON in strict UTF-8 and as nothing else. A missing or empty body is an empty object, so that each
 * field that misses is named; `__proto__` and its like are refused.
 */
export function acceptJson(server: Server): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decoded(utf8, body as Buffer);
    if (text === undefined)
      return done(Object.assign(new Error('not UTF-8'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 }));
    return text.trim() === '' ? done(null, {}) : parse(request, text, done);
  });
  server.addHook('onRequest', ({ raw }, _reply, done) => {
    // the type of nothing is nothing: `curl -d ''` calls it a form
    if (raw.headers['content-length'] === '0') delete raw.headers['content-type'];
    done();
  });
  missingIsEmpty(server);
}

/** Makes a missing body an empty object where a call takes one, so that each field that misses is named. */
export function missingIsEmpty(server: Server): void {
  server.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.schema?.body) request.body = {};
    done();
  });
}

function decoded(utf8: TextDecoder, body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}
