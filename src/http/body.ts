import type { Server } from './server.ts';

/** The largest accepted body, in bytes. */
export const bodyLimit = 16 * 1024;

/**
 * Parses bodies as JSON in strict UTF-8 and as nothing else. A missing or empty body is an empty object, so that the
 * error names each missing field; `__proto__` and the like are refused.
 */
export function acceptJson(server: Server): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decoded(utf8, typeof body === 'string' ? Buffer.from(body) : body);
    if (text === undefined)
      return done(Object.assign(new Error('not UTF-8'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 }));
    return text.trim() === '' ? done(null, {}) : parse(request, text, done);
  });
  server.addHook('onRequest', ({ raw }, _reply, done) => {
    // an empty body has no type, although `curl -d ''` calls it a form
    if (raw.headers['content-length'] === '0') delete raw.headers['content-type'];
    done();
  });
  missingIsEmpty(server);
}

/** Turns a missing body into an empty object, so that the error names each missing field. */
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
