import Type, { type TSchema } from 'typebox';

/** Free text of a field, in a body: a string of so many characters at most, or null, which clears it. */
export function clearableText(most: number, description: string) {
  return Type.Optional(Type.Union([Type.String({ maxLength: most }), Type.Null()], { description }));
}

/** Every error: the contract's form and RFC 9457 in one object. */
export const problemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri', description: 'A page that explains this kind of problem' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What happened this time, in the language of the reader' }),
    code: Type.String({ pattern: '^[a-z_]+$', description: 'Stable, for programs' }),
    instance: Type.String({ description: 'The id of the request, which our log has too' }),
    error: Type.Optional(Type.String()),
    non_field_errors: Type.Optional(Type.Array(Type.String())),
    country: Type.Optional(Type.String({ description: 'The country of a number to which no codes are sent' })),
    guesses_left: Type.Optional(Type.Integer({ minimum: 0, maximum: 3 })),
  },
  { additionalProperties: Type.Array(Type.String()), title: 'Problem' },
);

const reasons: Record<number, string> = {
  400: 'Refused: the data do not fit',
  401: 'No valid token',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Over 16 KiB',
  414: 'An id longer than any of ours',
  415: 'Not JSON',
  429: 'Too often',
  500: 'A fault of ours',
  503: 'Too much to do, or the database does not answer',
};

const retryAfter = { 'Retry-After': { type: 'integer', description: 'Seconds until the next try has a chance' } };
const retryHeaders = {
  ...retryAfter,
  RateLimit: { type: 'string' },
  'RateLimit-Policy': { type: 'string' },
};

/** The problems that a call can answer with, for its schema: those named, and those that every call has. */
export function problems(...statuses: number[]): Record<string, TSchema> {
  const all = [...new Set([...statuses, 400, 413, 415, 500, 503])].sort();
  return Object.fromEntries(
    all.map((status) => [
      status,
      {
        description: reasons[status],
        ...(status === 429 ? { headers: retryHeaders } : status === 503 ? { headers: retryAfter } : {}),
        content: {
          'application/json': { schema: problemSchema },
          'application/problem+json': { schema: problemSchema },
        },
      } as unknown as TSchema,
    ]),
  );
}

/** The requirement of a session, for a call's schema. */
export const withToken = { security: [{ token: [] }, { bearer: [] }] };
