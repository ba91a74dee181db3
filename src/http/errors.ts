import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { isUnavailable } from '../db/unavailable.ts';
import type { Language } from '../kit/language.ts';
import { LineLimit } from '../kit/line-limit.ts';
import { fillCount } from '../kit/text.ts';
import { languageOf } from './language.ts';
import { generalProblems, validationMessages } from './messages.ts';
import { type Problem, sendProblem, setRetryAfter } from './problem.ts';
import type { Reply, Request } from './server.ts';

type General = keyof typeof generalProblems;

/** The error that a request failed with, in a route or before it: never more than the client may know. */
export interface HttpProblem {
  readonly code: General;
  readonly detail?: string;
  readonly contractFields?: Problem['contractFields'];
}

/** The seconds after which a retry may succeed: after an outage of the database, and under overload. */
export const retrySeconds: { readonly [code in General]?: number } = { unavailable: 5, overloaded: 2 };

const byFastifyCode: Readonly<Record<string, General>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_HANDLER_TIMEOUT: 'unavailable',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_NOT_FOUND: 'not_found',
};

/** Turns a thrown error into a failure for the client; an error of ours is logged here, with the request id. */
export function toProblem(error: FastifyError, request: Request): HttpProblem {
  if (error.validation)
    return validationProblem(error.validation, languageOf(request), request.routeOptions.config.errorForm);
  const known = byFastifyCode[error.code];
  if (known) return { code: known };
  // the code is ECONNRESET, as for a lost database
  if (request.raw.destroyed && !request.raw.complete) return { code: 'bad_request' };
  if (isUnavailable(error)) {
    limitLines(error.message, (count) =>
      request.log.error({ ...count, reqId: request.id, err: error }, 'database unavailable'),
    );
    return { code: 'unavailable' };
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return { code: 'bad_request' };
  limitLines(`${error.name} ${error.code ?? error.message}`, (count) =>
    request.log.error({ ...count, reqId: request.id, err: error }, 'request failed'),
  );
  return { code: 'internal_error' };
}

const lines = new LineLimit();

/**
 * Limits the rate of log lines, which an outage or an attack would otherwise flood: `suppressed` counts the lines left
 * out since the last one.
 */
function limitLines(kind: string, write: (count: { suppressed?: number }) => void): void {
  const suppressed = lines.admit(kind);
  if (suppressed !== undefined) write(suppressed > 0 ? { suppressed } : {});
}

/** Sends a failure as a problem (RFC 9457). */
export function sendHttpProblem(request: Request, reply: Reply, failure: HttpProblem): Reply {
  const retry = retrySeconds[failure.code];
  if (retry !== undefined) setRetryAfter(reply, retry);
  const kind = generalProblems[failure.code];
  return sendProblem(request, reply, {
    code: failure.code,
    kind,
    detail: failure.detail ?? kind.explanation[languageOf(request)],
    ...(failure.contractFields ? { contractFields: failure.contractFields } : {}),
  });
}

/** A failure of one field, in the contract's form. */
export function fieldError(field: string, sentence: string): HttpProblem {
  return { code: 'invalid_request', detail: sentence, contractFields: { [field]: [sentence] } };
}

function validationProblem(
  errors: FastifySchemaValidationError[],
  language: Language,
  form: 'error' | undefined,
): HttpProblem {
  const sentences = new Map<string, string>();
  for (const error of errors.toSorted((a, b) => rank(a) - rank(b))) {
    const field = fieldOf(error);
    if (!sentences.has(field)) sentences.set(field, sentenceOf(error, language));
  }
  const [first = validationMessages[language].generic] = sentences.values();
  if (form === 'error') return { code: 'invalid_request', detail: first, contractFields: { error: first } };
  return {
    code: 'invalid_request',
    detail: first,
    contractFields: Object.fromEntries([...sentences].map(([field, sentence]) => [field, [sentence]])),
  };
}

/** The order of reasons, most telling first, for a value that fits none of several schemas. */
const keywordsByRank = ['required', 'maxLength', 'minLength', 'type'];

function rank({ keyword }: FastifySchemaValidationError): number {
  const index = keywordsByRank.indexOf(keyword);
  return index === -1 ? keywordsByRank.length : index;
}

function fieldOf(error: FastifySchemaValidationError): string {
  const field = propertyOf(error) ?? error.instancePath.split('/')[1];
  return typeof field === 'string' && field !== '' ? field : 'non_field_errors';
}

/** The property that is missing, or that the schema does not know. */
function propertyOf({ keyword, params }: FastifySchemaValidationError): unknown {
  return { required: params.missingProperty, additionalProperties: params.additionalProperty }[keyword];
}

function sentenceOf(error: FastifySchemaValidationError, language: Language): string {
  const words = validationMessages[language];
  if (error.keyword === 'required') return words.required;
  if (error.keyword === 'additionalProperties') return words.unknown;
  if (error.keyword === 'minLength') return words.blank;
  if (error.keyword === 'maxLength') {
    return fillCount(language, words.tooLong, { count: Number(error.params.limit) });
  }
  if (error.keyword === 'type') return fieldOf(error) === 'non_field_errors' ? words.notAnObject : words.notAString;
  return words.generic;
}
