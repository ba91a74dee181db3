import type { IncomingMessage } from 'node:http';

/** The maximum size of a body that is looked at before its request is admitted, and of bodies at once. */
const [maxBytes, maxReaders] = [4096, 64];
let readers = 0;

/**
 * Looks at a short form before its request is admitted, and leaves it to be read as if nobody had. Calls back with undefined for
 * another body, and not at all if the client leaves first.
 */
export function peekBody(request: IncomingMessage, done: (text: string | undefined) => void): void {
  const { 'content-length': size, 'content-type': type = '' } = request.headers;
  const length = Number(size ?? Number.NaN);
  if (
    readers >= maxReaders ||
    !(length > 0 && length <= maxBytes) ||
    !type.startsWith('application/x-www-form-urlencoded')
  )
    return void done(undefined);
  readers += 1;
  const end = () => {
    request.off('readable', read).off('close', end);
    readers -= 1;
  };
  let body = Buffer.alloc(0);
  const read = () => {
    for (let chunk = request.read(); chunk !== null; chunk = request.read()) body = Buffer.concat([body, chunk]);
    if (body.length < length) return;
    end();
    // in the same turn: a stream takes nothing back after its end
    request.unshift(body);
    done(body.toString('latin1'));
  };
  request.on('readable', read).once('close', end);
}
