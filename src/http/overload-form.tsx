import type { IncomingMessage } from 'node:http';
import { renderToString } from 'preact-render-to-string';
import { HiddenFields, type Repeatable } from './problem-view.tsx';
import { isSameOrigin } from './same-origin.ts';
import type { RequestHead } from './server.ts';

/** The fields of a submitted form. */
export type Fields = Exclude<Repeatable, 'get'>;

/** The placeholder field, which the fields of a form replace. */
export const fieldPlaceholder = 'field-to-be';

const maxBodyBytes = 4096;
/** The maximum number of bodies that are read at once under overload. */
const maxReaders = 64;
let readers = 0;

/**
 * Reads a form that is refused, and calls back with its fields, or with undefined if it is not ours or exceeds the
 * limits. Does not call back if the client leaves first.
 */
export function readForm(
  request: IncomingMessage,
  server: RequestHead['server'],
  done: (fields: Fields | undefined) => void,
): void {
  if (readers >= maxReaders || !isShortForm(request, server)) return void done(undefined);
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
  return page.replace(hidden([[fieldPlaceholder, '']]), () => hidden(fields));
}

function hidden(fields: Fields): string {
  return renderToString(<HiddenFields fields={fields} />);
}

/** Whether a form is short and ours. Fields from another site must not be shown as if the reader had typed them. */
function isShortForm({ headers }: IncomingMessage, server: RequestHead['server']): boolean {
  return (
    Number(headers['content-length'] ?? Number.NaN) <= maxBodyBytes &&
    /^application\/x-www-form-urlencoded *(?:;|$)/i.test(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    isSameOrigin({ headers, server, host: headers.host ?? '' })
  );
}
