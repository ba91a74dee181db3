import type Provider from 'oidc-provider';
import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { random } from '../kit/random.ts';
import type { IpNetwork } from '../limits/ip-network.ts';
import { InFlight } from '../webhooks/in-flight.ts';
import { claimLogouts, deleteLogout, type LogoutNotice, retryLogout } from '../webhooks/logout-store.ts';
import { retryDelay } from '../webhooks/retry.ts';
import { sendWebhook } from '../webhooks/send-webhook.ts';
import type { OidcProvider } from './open-provider.ts';

/** The dependencies of the notices. */
export interface LogoutNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly provider: OidcProvider;
  /** The private networks that requests may go to. */
  readonly allowedNetworks: readonly IpNetwork[];
}

const pollMs = 1000;
const maxClaimed = 16;
const maxInFlight = 64;
const maxOfClient = 8;
/** Longer than an attempt takes, with the time in which its outcome is recorded. */
const leaseSeconds = 60;

/**
 * Tells apps that a session of theirs has ended (OpenID Connect Back-Channel Logout 1.0), whatever ended it. Runs in any number of
 * processes: each notice is leased by one of them, and sent again until the app accepts it or three days are over. Returns the
 * function that stops it.
 */
export function startLogoutNotices(needs: LogoutNeeds): () => void {
  const inFlight = new InFlight(maxOfClient);
  const send = async (notice: LogoutNotice): Promise<void> => {
    inFlight.add(notice.client_id, 1);
    try {
      await sendNotice(needs, notice);
    } catch (error) {
      needs.log.warn({ err: error }, 'logout notice not recorded');
    }
    inFlight.add(notice.client_id, -1);
  };
  const poll = async (): Promise<void> => {
    const max = Math.min(maxClaimed, maxInFlight - inFlight.total);
    const due = max > 0 ? await claimLogouts(needs.db, max, inFlight.busy(), leaseSeconds) : [];
    for (const notice of due) void send(notice);
  };
  const timer = setInterval(() => {
    poll().catch((error: Error) => needs.log.warn({ err: error }, 'logout notices not read'));
  }, pollMs).unref();
  return () => clearInterval(timer);
}

/** Sends a notice once, and records the outcome. */
async function sendNotice({ db, log, provider, allowedNetworks }: LogoutNeeds, notice: LogoutNotice): Promise<void> {
  const { client_id: clientId, id, retries } = notice;
  const request = await requestOf((await provider.current()).provider, notice);
  // the app was removed, or wants no notices any more
  if (!request) return deleteLogout(db, id);
  const { error, retryAfter } = await sendWebhook(request, allowedNetworks);
  if (error === null) return deleteLogout(db, id);
  const delay = retryDelay(retries, retryAfter, Math.random());
  if (delay === null) {
    log.error({ client: clientId, reason: error }, 'logout notice given up');
    return deleteLogout(db, id);
  }
  log.warn({ client: clientId, reason: error, retrySeconds: Math.round(delay) }, 'logout notice failed');
  await retryLogout(db, id, delay);
}

/** The request with a logout token, which is signed as the ID tokens of the app are; undefined if it has no address for it. */
async function requestOf(provider: Provider, { client_id: clientId, account_id: sub, sid }: LogoutNotice) {
  const client = await provider.Client.find(clientId);
  if (!client?.backchannelLogoutUri) return undefined;
  const token = new provider.IdToken({}, { client });
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  for (const [name, value] of Object.entries({ sub, sid, events, jti: random.id() })) token.set(name, value);
  return {
    url: client.backchannelLogoutUri,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: await token.issue({ use: 'logout' }) }).toString(),
  };
}
