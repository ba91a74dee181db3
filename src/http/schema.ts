import Type, { type Static, type TSchema } from 'typebox';

/** Free text of a field, in a body: a string of at most `maxLength` characters, or null, which clears it. */
export function clearableText(maxLength: number, description: string) {
  return Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()], { description }));
}

/** A schema that the OpenAPI document names, under `components.schemas`. Register it with `server.addSchema`. */
export type NamedSchema = TSchema & { readonly $id: string };

/** Names a schema. A name becomes a type in every generated client, so it does not change. */
export function named<T extends TSchema>($id: string, schema: T): T & { readonly $id: string } {
  return { ...schema, $id };
}

/** Refers to a named schema, with the type of its values. */
export function ref<T extends NamedSchema>({ $id }: T, description?: string) {
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#`, ...(description === undefined ? {} : { description }) });
}

/** Fields of any call, under which an error can have its sentences. */
const fields = [
  'challenge',
  'cursor',
  'email',
  'first_name',
  'invite_code',
  'last_name',
  'phone_number',
  'region_code',
  'sms_code',
  'username',
] as const;

/** Every error: the contract's form and RFC 9457 in one object. `codes` are the codes of all routes. */
export function problemSchema(codes: readonly string[]): NamedSchema {
  const sentences = Type.Optional(Type.Array(Type.String(), { description: 'Why this field was refused' }));
  return named(
    'Problem',
    Type.Object(
      {
        type: Type.String({ format: 'uri', description: 'A page that explains this kind of problem' }),
        title: Type.String({ description: 'The kind of problem, in the language of the reader' }),
        status: Type.Integer({ minimum: 400, maximum: 599, description: 'The status of the answer' }),
        detail: Type.String({ description: 'What happened this time, in the language of the reader' }),
        code: Type.Enum([...codes], { description: 'The kind of problem, for programs. It does not change' }),
        instance: Type.String({ description: 'The id of the request, which the log has too' }),
        error: Type.Optional(Type.String({ description: 'Why an invite code was refused' })),
        non_field_errors: Type.Optional(
          Type.Array(Type.String(), { description: 'Why the request was refused as a whole' }),
        ),
        ...Object.fromEntries(fields.map((field) => [field, sentences])),
        country: Type.Optional(Type.String({ description: 'The country of a number to which no codes are sent' })),
        guesses_left: Type.Optional(
          Type.Integer({ minimum: 0, maximum: 3, description: 'Guesses that this code still allows' }),
        ),
      },
      {
        description: 'An error by RFC 9457, with the members that clients of the earlier service read',
        examples: [
          {
            type: 'https://signin.example.com/problems/wrong_code',
            title: 'Wrong code',
            status: 400,
            detail: 'Incorrect code. 2 attempts left.',
            code: 'wrong_code',
            instance: '0197c0de-8d4b-7a57-9f61-0e6c5f3b2a90',
            non_field_errors: ['Incorrect code. 2 attempts left.'],
            guesses_left: 2,
          },
        ],
      },
    ),
  );
}

const reasons: Record<number, string> = {
  400: 'Refused: the data do not fit',
  401: 'No valid token',
  403: 'Not permitted: signed in too long ago, or the number is paused',
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

/** The problems of a route, for its schema: the named ones, and those that every route has. */
export function problems(...statuses: number[]): Record<string, TSchema> {
  const all = [...new Set([...statuses, 400, 413, 415, 500, 503])].sort();
  return Object.fromEntries(
    all.map((status) => [
      status,
      Type.Unsafe({
        description: reasons[status],
        ...(status === 429 ? { headers: retryHeaders } : status === 503 ? { headers: retryAfter } : {}),
        content: {
          'application/json': { schema: { $ref: 'Problem#' } },
          'application/problem+json': { schema: { $ref: 'Problem#' } },
        },
      }),
    ]),
  );
}

/** The requirement of a session, for a route's schema. */
export const withToken = { security: [{ token: [] }, { bearer: [] }] };

/** No requirement, for the schema of a public route. */
export const withoutToken = { security: [] };
