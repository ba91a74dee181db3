import { ownCookie } from './cookies.ts';
import type { Reply, Request } from './server.ts';

const cookie = ownCookie('notice', 60);

/** Keeps the name of a notice for the next page. It is in no URL, so that a reload or a bookmark does not repeat it. */
export function leaveNotice(reply: Reply, name: string): void {
  cookie.write(reply, name);
}

/** Takes the notice for this page, which shows it once; undefined for a name without a text on the page. */
export function takeNotice<Name extends string>(
  request: Request,
  reply: Reply,
  texts: Readonly<Record<Name, unknown>>,
): Name | undefined {
  const name = cookie.read(request);
  if (name === undefined) return undefined;
  cookie.clear(reply);
  return isNameOf(texts, name) ? name : undefined;
}

function isNameOf<Name extends string>(texts: Readonly<Record<Name, unknown>>, name: string): name is Name {
  return Object.hasOwn(texts, name);
}
