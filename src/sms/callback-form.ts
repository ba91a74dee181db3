import { parseJson } from './http-call.ts';
import type { CallbackRequest } from './provider.ts';

/** The name and the value of a form field. */
export type Field = readonly [name: string, value: string];

/**
 * Parses the fields of a callback in their order, since some signatures depend on it. They come from the query if the
 * method has no body, else from the body: a form (`application/x-www-form-urlencoded`), a multipart form (RFC 7578) or
 * a JSON object, by its content type, or by its content if that is missing. Members of a JSON array are named as in a
 * form, `name[0]`.
 */
export function parseForm({ method, url, headers, body }: CallbackRequest): Field[] {
  if (isBodyless(method)) return [...queryOf(url)];
  const type = String(headers['content-type'] ?? '');
  const [, quoted, bare = quoted] =
    /^\s*multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^\s;]+))/is.exec(type) ?? [];
  if (bare !== undefined) return parseMultipart(body.toString(), bare);
  const text = body.toString();
  if (/^\s*application\/(?:[\w.+-]*\+)?json\b/i.test(type) || /^\uFEFF?\s*\{/.test(text)) return parseMembers(text);
  return [...new URLSearchParams(text.trim())];
}

/** Whether a method has no body (RFC 9110 section 9.3). */
export function isBodyless(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The query of a URL; empty for an invalid URL. */
export function queryOf(url: string): URLSearchParams {
  return URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
}

/** The first value of a field; empty if there is none. */
export function fieldOf(form: readonly Field[], name: string): string {
  return form.find(([key]) => key === name)?.[1] ?? '';
}

function parseMultipart(body: string, boundary: string): Field[] {
  return body
    .split(`--${boundary}`)
    .slice(1)
    .flatMap((part): Field[] => {
      const head = /\r?\n\r?\n/.exec(part);
      const name = /;\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(part.slice(0, head?.index ?? 0));
      if (!head || !name) return [];
      return [[name[1] ?? name[2] ?? '', part.slice(head.index + head[0].length).replace(/\r?\n$/, '')]];
    });
}

function parseMembers(text: string): Field[] {
  return Object.entries(parseJson(text) ?? {}).flatMap(([name, value]): Field[] =>
    Array.isArray(value)
      ? value.map((item, index): Field => [`${name}[${index}]`, wordOf(item)])
      : [[name, wordOf(value)]],
  );
}

function wordOf(value: unknown): string {
  return typeof value === 'object' ? '' : String(value);
}
