import postgres from 'postgres';
import { errorCode } from './caught.ts';
import { maskPersonalData } from './mask.ts';

/**
 * The same error without the values of statements and rows: PostgreSQL puts them into `detail`, `where` and the
 * message, the client (postgres 3.4) into `query`, `parameters` and `args`. Other errors are returned unchanged.
 */
export function redactError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!(error instanceof postgres.PostgresError) && !Object.hasOwn(error, 'parameters')) return error;
  const message = safeMessage(error.message, errorCode(error));
  const safe = new Error(message);
  Object.setPrototypeOf(safe, Object.getPrototypeOf(error));
  for (const [name, value] of Object.entries(error)) if (safeFields.has(name)) Object.assign(safe, { [name]: value });
  safe.stack = error.stack?.replace(error.message, () => message) ?? message;
  return safe;
}

/** Fields with names of objects, never with their values. */
const safeFields = new Set([
  'name',
  'severity',
  'code',
  'schema_name',
  'table_name',
  'column_name',
  'constraint_name',
  'routine',
  'errno',
  'syscall',
  'address',
  'port',
]);

/** Data exceptions (SQLSTATE class 22) quote a value in quotation marks or after a colon. */
function safeMessage(message: string, code: string): string {
  const short = code.startsWith('22') ? message.replace(/"[\s\S]*"/g, '"…"').replace(/:[\s\S]*/, '') : message;
  return maskPersonalData(short);
}
