import Type, { type TProperties, type TSchema } from 'typebox';

/** An object that takes no other member: an unknown one is refused by its name. */
export function strict<P extends TProperties>(
  properties: P,
  options: { description?: string; examples?: unknown[] } = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A value that may be null. */
export function nullable<T extends TSchema>(schema: T, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
}

/** A time (RFC 3339, section 5.6). */
export function time(description: string) {
  return Type.String({ format: 'date-time', description });
}

/** The parameters of a page of a list. */
export const pageParameters = {
  after: Type.Optional(Type.String({ maxLength: 500, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The size of the page' })),
};

/** The size of a page if the client names none. */
export const defaultLimit = 50;

/** A page of a list. */
export function pageOf<T extends TSchema>(item: T, description: string) {
  return Type.Object(
    {
      items: Type.Array(item),
      next: nullable(Type.String(), '`after` of the next page; null on the last one'),
    },
    { description },
  );
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Refused: the data do not fit, or the idempotency key is missing',
  401: 'No valid API key',
  403: 'The key lacks the scope, or may not be used from this network',
  404: 'Not found',
  409: 'The first request with this idempotency key is still running',
  413: 'The body is too large',
  414: 'An id longer than any of ours',
  415: 'Not JSON',
  422: 'The idempotency key belongs to another request',
  429: 'Too many requests with this key',
  500: 'A fault of ours',
  503: 'Too much to do, or the database does not answer',
};

/** The problems of a call that reads: the named ones, and those that every call has. */
export function readProblems(...statuses: number[]): Record<string, TSchema> {
  return problemResponses([400, 401, 403, 414, 429, 500, 503, ...statuses]);
}

/** The problems of a call that writes. */
export function writeProblems(...statuses: number[]): Record<string, TSchema> {
  return readProblems(409, 413, 415, 422, ...statuses);
}

function problemResponses(statuses: number[]): Record<string, TSchema> {
  return Object.fromEntries(
    [...new Set(statuses)].sort().map((status) => [
      status,
      Type.Unsafe({
        description: reasons[status],
        content: {
          'application/json': { schema: { $ref: 'AdminProblem#' } },
          'application/problem+json': { schema: { $ref: 'AdminProblem#' } },
        },
      }),
    ]),
  );
}

/** The page that a list is asked for. */
export function pageInput({ after, limit }: { readonly after?: string; readonly limit?: number }) {
  return { after, limit: limit ?? defaultLimit };
}

/** A time of a request, from 1970 on; undefined if it is not in the calendar. */
export function parseInstant(text: string): Date | undefined {
  const isForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const at = new Date(text);
  return isForm && at.getTime() >= 0 ? at : undefined;
}
