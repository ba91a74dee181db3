import type { IncomingMessage } from 'node:http';
import { renderToString } from 'preact-render-to-string';
import { HiddenFields, type Repeatable } from './problem-view.tsx';
import { isSameOrigin } from './same-origin.ts';
import type { RequestHead } from './server.ts';

/** What a form has sent. */
export type Fields = Exclude<Repeatable, 'get'>;

/** The name of the field in whose place those of a form go. */
export const fieldToBe = 'field-to-be';

const longestBody = 4096;
/** A body is read while there is too much to do: so many at once, and no more. */
const readersAtMost = 64;
let readers = 0;

/**
 * Reads a form that is refused, and calls back with its fields, or with undefined where it is none of ours or none that we
 * have time for. Does not call back where the client leaves first.
 */
export function readForm(
  request: IncomingMessage,
  server: RequestHead['server'],
  done: (fields: Fields | undefined) => void,
): void {
  if (readers >= readersAtMost || !isShortForm(request, server)) return void done(undefined);
  readers += 1;
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text) => {
    body += text;
  });
  request.once('end', () => done([...new URLSearchParams(body)]));
  request.once('close', () => {
    readers -= 1;
  });
}

/** A page with these fields in its form. */
export function withFields(page: string, fields: Fields): string {
  return page.replace(hidden([[fieldToBe, '']]), () => hidden(fields));
}

function hidden(fields: Fields): string {
  return renderToString(<HiddenFields fields={fields} />);
}

/** What another site sent is not shown as what its reader has typed. */
function isShortForm({ headers }: IncomingMessage, server: RequestHead['server']): boolean {
  return (
    Number(headers['content-length'] ?? Number.NaN) <= longestBody &&
    /^application\/x-www-form-urlencoded *(?:;|$)/i.test(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    isSameOrigin({ headers, server, host: headers.host ?? '' })
  );
}
