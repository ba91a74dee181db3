import { problemTexts, textsOf } from '../texts/texts.ts';
import type { ProblemKinds } from './problem.ts';

/** The problem types of any route. */
export const generalProblems = {
  invalid_request: { status: 400, ...problemTexts('invalid_request') },
  malformed_json: { status: 400, ...problemTexts('malformed_json') },
  bad_request: { status: 400, ...problemTexts('bad_request') },
  unauthenticated: { status: 401, ...problemTexts('unauthenticated') },
  cross_site: { status: 403, ...problemTexts('cross_site') },
  not_the_provider: { status: 403, ...problemTexts('not_the_provider') },
  not_found: { status: 404, ...problemTexts('not_found') },
  method_not_allowed: { status: 405, ...problemTexts('method_not_allowed') },
  payload_too_large: { status: 413, ...problemTexts('payload_too_large') },
  uri_too_long: { status: 414, ...problemTexts('uri_too_long') },
  unsupported_media_type: { status: 415, ...problemTexts('unsupported_media_type') },
  internal_error: { status: 500, ...problemTexts('internal_error') },
  overloaded: { status: 503, ...problemTexts('overloaded') },
  unavailable: { status: 503, ...problemTexts('unavailable') },
} as const satisfies ProblemKinds;

/** Sentences about a field. */
export const validationMessages = textsOf('validation');
