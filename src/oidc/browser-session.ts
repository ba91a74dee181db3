import { ownCookie } from '../http/cookies.ts';
import { languageOf } from '../http/language.ts';
import type { Reply, Request } from '../http/server.ts';
import { isRecord } from '../kit/record.ts';
import { cookieCredential } from '../sessions/cookie.ts';
import type { SessionNeeds } from '../sessions/store.ts';
import { pageMessages } from './page-messages.ts';
import { recordKey } from './record-key.ts';
import { endRecord, findRecord } from './store.ts';

/** The session of the library in a browser, which has the grants of the apps that were opened in it. */
export interface BrowserSession {
  readonly key: string;
  readonly accountId: string;
  readonly grantKeys: readonly string[];
}

/** The cookie of the library, which has the id of its session: `library-settings.ts`. */
const cookie = ownCookie('oidc', 0);

/** The session of the library in a browser; undefined if there is none, or if it is of another account. */
export async function findBrowserSession(
  needs: SessionNeeds,
  request: Request,
  accountId: string | undefined,
): Promise<BrowserSession | undefined> {
  const id = cookie.read(request);
  if (id === undefined || accountId === undefined) return undefined;
  const key = recordKey('Session', id);
  const { payload } = await findRecord(needs, { key });
  if (payload?.accountId !== accountId) return undefined;
  const apps = isRecord(payload.authorizations) ? Object.values(payload.authorizations) : [];
  const ids = apps.flatMap((app) => (isRecord(app) && typeof app.grantId === 'string' ? [app.grantId] : []));
  return { key, accountId, grantKeys: ids.map((one) => recordKey('Grant', one)) };
}

/** The sign-ins of apps in a browser, for the page that signs it out. */
export interface AppSignIns {
  /** The sentence that they end with the session of the pages; undefined if there are none. */
  notice(request: Request): Promise<string | undefined>;
  /** Ends them: each app gets its notice. */
  end(request: Request, reply: Reply): Promise<void>;
}

/** Ends the sign-ins of apps when a browser signs out at our own page, as it does when an app asks for it. */
export function appSignIns(needs: SessionNeeds): AppSignIns {
  const find = (request: Request) => findBrowserSession(needs, request, cookieCredential(request)?.accountId);
  return {
    notice: async (request) => {
      const found = await find(request);
      return found && found.grantKeys.length > 0 ? pageMessages[languageOf(request)].logoutText : undefined;
    },
    end: async (request, reply) => {
      const found = await find(request);
      for (const key of found?.grantKeys ?? []) await endRecord(needs, key);
      if (found) await endRecord(needs, found.key);
      cookie.clear(reply);
    },
  };
}
