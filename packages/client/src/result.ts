import type { Problem } from './api-types.ts';

/** An expected failure, as a value: no function of this package throws for a response or for a lost connection. */
export interface VouchError {
  /**
   * A code of the API (`wrong_code`), an error code of OAuth (`invalid_grant`), or one of this package: `network` (no
   * response), `unexpected_response`, `no_code` (nothing was requested), `too_early` (a code cannot be sent again yet),
   * `signed_out`, `state_mismatch`.
   */
  readonly code: string;
  /** The status of the response; 0 if there was none. */
  readonly status: number;
  /** A sentence in the language of the person, as the server wrote it; empty if there was no response. */
  readonly detail: string;
  /** The input that was refused, if it was a single one. */
  readonly field?: string;
  /** Seconds until the same call may succeed. */
  readonly retryAfter?: number;
  /** Guesses that the code still allows. */
  readonly guessesLeft?: number;
}

/** A value, or the reason why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: VouchError };

/** A result with a value. */
export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A result without one. */
export function failure(code: string, more: Partial<VouchError> = {}): { ok: false; error: VouchError } {
  return { ok: false, error: { code, status: 0, detail: '', ...more } };
}

/** Sends a request, and reads its response as JSON. */
export async function send<T>(
  fetch: typeof globalThis.fetch,
  url: string,
  init: RequestInit,
): Promise<Result<T> & { readonly headers?: Headers; readonly body?: unknown }> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, init);
    const text = await response.text();
    body = text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    return failure(error instanceof SyntaxError ? 'unexpected_response' : 'network');
  }
  const { headers, status } = response;
  // the API is trusted to answer as its document says
  if (response.ok) return { ok: true, value: body as T, headers };
  return { ok: false, error: toError(status, headers, body), headers, body };
}

function toError(status: number, headers: Headers, body: unknown): VouchError {
  const problem: Partial<Problem> & { error_description?: string } = isObject(body) ? body : {};
  const fields = Object.entries(problem).flatMap(([name, value]) => (Array.isArray(value) ? name : []));
  const [field] = fields.filter((name) => name !== 'non_field_errors');
  const wait = Number(headers.get('retry-after') ?? Number.NaN);
  return {
    code: problem.code ?? problem.error ?? 'unexpected_response',
    status,
    detail: problem.detail ?? problem.error_description ?? '',
    ...(field === undefined || fields.length > 1 ? {} : { field }),
    ...(wait >= 0 ? { retryAfter: wait } : {}),
    ...(problem.guesses_left === undefined ? {} : { guessesLeft: problem.guesses_left }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
