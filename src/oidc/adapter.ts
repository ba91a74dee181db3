import type { Adapter, AdapterPayload, errors as Errors } from 'oidc-provider';
import { isUnavailable } from '../db/unavailable.ts';
import { recordOf } from '../kit/record.ts';
import { type ClientNeeds, findClientMetadata } from './find-client.ts';
import { currentOidcRequest } from './oidc-request.ts';
import { internalId, internalKey, openByToken, recordKey, sealByToken } from './record-key.ts';
import {
  consumeRecord,
  endRecord,
  findRecord,
  type GrantNeeds,
  nameRecord,
  noteLogout,
  openGrant,
  putNewRecord,
  putRecord,
} from './store.ts';

/** The dependencies of the adapter. */
export type AdapterNeeds = GrantNeeds & ClientNeeds;

/** The errors of the library, which is loaded only if it is used. */
export type OidcErrors = typeof Errors;

/** The longest life of a record that the library gives none, in seconds. */
const maxLifeSeconds = 3600;
const sealPurpose = 'interaction';

/**
 * The storage of the library. An id, which is a token, is stored as its SHA-256 only. The database decides what can happen
 * once: a code is consumed by one statement, whichever of many requests comes first. While the database is away, the response
 * is 503 `temporarily_unavailable`, so that no client takes its tokens for invalid.
 */
export function createAdapter(needs: AdapterNeeds, errors: OidcErrors): (model: string) => Adapter {
  return (model) => new RecordAdapter(model, needs, errors);
}

class RecordAdapter implements Adapter {
  readonly #model: string;
  readonly #needs: AdapterNeeds;
  readonly #errors: OidcErrors;

  constructor(model: string, needs: AdapterNeeds, errors: OidcErrors) {
    this.#model = model;
    this.#needs = needs;
    this.#errors = errors;
  }

  upsert(id: string, payload: AdapterPayload, expiresIn: number = maxLifeSeconds): Promise<void> {
    return this.#run(async () => {
      const key = this.#keyOf(id);
      const { jti: _, ...rest } = payload;
      const { challenge } = currentOidcRequest() ?? {};
      // checked like a pushed request, and kept only if a page has to go on with it
      if (this.#model === 'PushedAuthorizationRequest' && challenge && !challenge.isForPage) return;
      if (this.#model === 'Grant')
        return this.#openGrant(key, { ...rest, accountId: payload.accountId ?? '', clientId: payload.clientId ?? '' });
      const grantKey = payload.grantId === undefined ? undefined : recordKey('Grant', payload.grantId);
      const closed = this.#model === 'Interaction' ? sealPayload(id, rest) : rest;
      const record = { key, payload: closed, grantKey, lifeSeconds: expiresIn };
      await putRecord(this.#needs.db, record);
      const name = this.#nameOf(payload);
      if (name !== undefined) await nameRecord(this.#needs.db, name, key, expiresIn);
      const { sid, clientId = '' } = payload;
      if (grantKey !== undefined && sid !== undefined && this.#model.endsWith('Code'))
        await noteLogout(this.#needs, { key: grantKey, clientId, sid });
      const { exchange } = currentOidcRequest() ?? {};
      if (exchange && this.#model === 'RefreshToken') exchange.successorKey = key;
    });
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    if (this.#model === 'Client') return this.#run(() => findClientMetadata(this.#needs, id));
    return this.#run(async () => {
      const { payload, is_consumed: isConsumed } = await findRecord(this.#needs, { key: this.#keyOf(id) });
      if (!payload) return undefined;
      const open = this.#model === 'Interaction' ? openPayload(id, payload) : payload;
      if (this.#model === 'Session' && !isOfPage(open)) return undefined;
      // the exchange of a refresh token decides itself: `rotation.ts`
      const isDecided = this.#model === 'RefreshToken' && currentOidcRequest()?.request.url.startsWith('/oauth/token');
      return { ...open, jti: id, ...(isConsumed && !isDecided ? { consumed: true } : {}) };
    });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findNamed(recordKey('UserCode', userCode));
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findNamed(recordKey('SessionUid', uid));
  }

  /** A refresh token is consumed by its exchange: `rotation.ts`. */
  consume(id: string): Promise<void> {
    return this.#run(async () => {
      if (this.#model === 'RefreshToken') return;
      if (!(await consumeRecord(this.#needs.db, this.#keyOf(id))))
        throw new this.#errors.InvalidGrant('grant already used');
    });
  }

  destroy(id: string): Promise<void> {
    return this.#run(() => endRecord(this.#needs, this.#keyOf(id)));
  }

  /** Nothing that a grant issued outlives the grant, which the library ends next. */
  async revokeByGrantId(_grantId: string): Promise<void> {}

  #keyOf(id: string): string {
    return internalKey(this.#needs.keys, id) ?? recordKey(this.#model, id);
  }

  /** A device code is found by the code that a person types, too, and a session by its public id. */
  #nameOf({ userCode, uid }: AdapterPayload): string | undefined {
    if (this.#model === 'DeviceCode') return recordKey('UserCode', String(userCode));
    return this.#model === 'Session' ? recordKey('SessionUid', String(uid)) : undefined;
  }

  #findNamed(name: string): Promise<AdapterPayload | undefined> {
    return this.#run(async () => {
      const { key, payload, is_consumed: isConsumed } = await findRecord(this.#needs, { name });
      if (!payload || key === null) return undefined;
      return { ...payload, jti: internalId(this.#needs.keys, key), ...(isConsumed ? { consumed: true } : {}) };
    });
  }

  async #openGrant(key: string, payload: { readonly accountId?: string; readonly clientId?: string }): Promise<void> {
    const { accountId = '', clientId = '' } = payload;
    const metadata = await findClientMetadata(this.#needs, clientId);
    const client = currentOidcRequest()?.client ?? { ip: '', userAgent: undefined };
    const grant = { key, payload, accountId, app: metadata?.client_name ?? clientId };
    if (!(await openGrant(this.#needs, grant, client))) throw new this.#errors.AccessDenied('the account is erased');
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return whileAvailable(this.#errors, work);
  }
}

/** Remembers the id of a proof or an assertion; false if it is known. The library would look first, and write then. */
export function rememberProof(
  { db }: Pick<AdapterNeeds, 'db'>,
  errors: OidcErrors,
): (issuer: string, id: string, expiresAt: number) => Promise<boolean> {
  return (issuer, id, expiresAt) => {
    const key = recordKey('ReplayDetection', `${issuer} ${id}`);
    const lifeSeconds = expiresAt - Math.floor(Date.now() / 1000);
    return whileAvailable(errors, () => putNewRecord(db, { key, payload: {}, grantKey: undefined, lifeSeconds }));
  };
}

/** Does some work of the library; while the database is away, the client keeps its tokens and tries again. */
export async function whileAvailable<T>(errors: OidcErrors, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? unavailableError(errors, error) : error;
  }
}

/** The response while the database is away: the client keeps its tokens, and tries again. */
export function unavailableError({ TemporarilyUnavailable }: OidcErrors, cause: unknown): Error {
  const error = new TemporarilyUnavailable('try again later', { cause });
  error.status = 503;
  error.statusCode = 503;
  return error;
}

/** A session of the library lives while the browser has a session of the pages with the same account. */
function isOfPage({ accountId }: Readonly<Record<string, unknown>>): boolean {
  return accountId === undefined || accountId === currentOidcRequest()?.page?.accountId;
}

/** An interaction holds the ids of other records, and its own in a URL. */
function sealPayload(id: string, payload: object): { sealed: string } {
  return { sealed: sealByToken(id, sealPurpose, JSON.stringify(payload)).toString('base64') };
}

function openPayload(id: string, { sealed }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return recordOf(JSON.parse(openByToken(id, sealPurpose, Buffer.from(String(sealed), 'base64'))));
}
