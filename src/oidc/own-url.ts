import type { Request } from '../http/server.ts';

/** The longest URL that a form for a change of language takes back. */
const maxLength = 4000;

/**
 * The URL of a request, to come back to after a change of language: without the language that the app asked for, which the choice
 * ends. A POST has no such URL, nor has one that is too long.
 */
export function ownUrl({ method, url }: Pick<Request, 'method' | 'url'>): string {
  if (method !== 'GET' || url.length > maxLength) return '/';
  const [path = '/', query] = url.split(/\?(.*)/s, 2);
  const left = new URLSearchParams(query);
  left.delete('ui_locales');
  return left.size > 0 ? `${path}?${left}` : path;
}
