import { appLogoUrl } from '../brand/app-logo.ts';
import { errorMessage } from '../kit/caught.ts';
import { isRecord } from '../kit/record.ts';
import { type ClientProblem, isClientProblem, type OidcClient, parseClientDescription } from './oidc-client.ts';
import { type ReadFile, textOf } from './variable-values.ts';

/** A client of the file, with the SHA-256 of its secret in hexadecimal. */
export interface FileClient {
  readonly client: OidcClient;
  readonly secretHashes: readonly string[];
  /** The bytes of its logo, if it has one. */
  readonly logo?: Buffer | undefined;
}

/** Reads the apps of `CLIENTS_FILE`, by their ids; adds its problems. */
export function readClients(
  file: string | undefined,
  readFile: ReadFile,
  problems: string[],
): ReadonlyMap<string, FileClient> {
  const clients = new Map<string, FileClient>();
  if (file === undefined) return clients;
  const listed = parseList(file, readFile);
  if ('reason' in listed) {
    problems.push(`CLIENTS_FILE cannot be read: ${file} (${listed.reason}). Example: [{"client_id":"shop"}]`);
    return clients;
  }
  listed.list.forEach((input, index) => {
    const found = parseClient(input, readFile);
    if ('reason' in found) problems.push(`CLIENTS_FILE: client ${index + 1}: ${found.member} ${found.reason}`);
    else if (clients.has(found.client.client_id)) problems.push(`CLIENTS_FILE has ${found.client.client_id} twice`);
    else clients.set(found.client.client_id, found);
  });
  return clients;
}

function parseList(file: string, readFile: ReadFile): { list: readonly unknown[] } | { reason: string } {
  const read = textOf(file, readFile);
  if ('reason' in read) return { reason: read.reason };
  try {
    const list: unknown = JSON.parse(read.text);
    return Array.isArray(list) ? { list } : { reason: 'it is no JSON list' };
  } catch (error) {
    return { reason: errorMessage(error) };
  }
}

/** The file has hashes, so that nobody who reads it can act as an app. */
function parseClient(input: unknown, readFile: ReadFile): FileClient | ClientProblem {
  const { client_secret_sha256: hashes = [], logo_file: logoFile, ...rest } = isRecord(input) ? input : {};
  const picture = logoFile === undefined ? {} : readLogo(String(logoFile), readFile);
  if (isClientProblem(picture)) return picture;
  const described = parseClientDescription(isRecord(input) ? { ...rest, ...picture } : input);
  if (isClientProblem(described)) return described;
  const listed = [hashes].flat().map(String);
  const usesSecret = described.client.token_endpoint_auth_method.startsWith('client_secret_');
  const isValid = listed.length <= 2 && listed.every((hash) => /^[\da-f]{64}$/.test(hash));
  if (!isValid || (usesSecret && listed.length === 0))
    return {
      member: 'client_secret_sha256',
      reason: 'has to be the SHA-256 of the secret in hexadecimal, or two of them',
    };
  return { ...described, secretHashes: listed };
}

function readLogo(file: string, readFile: ReadFile): { readonly logo_uri: string } | ClientProblem {
  try {
    return { logo_uri: appLogoUrl(Buffer.from(readFile(file))) };
  } catch (error) {
    return { member: 'logo_file', reason: `names a file that cannot be read: ${file} (${errorMessage(error)})` };
  }
}
