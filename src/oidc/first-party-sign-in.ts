import type { KoaContextWithOIDC } from 'oidc-provider';
import { Json } from '../db/database.ts';
import { newInviteCodes, typedInviteCode } from '../invites/invite.ts';
import { random } from '../kit/random.ts';
import { newDeviceToken } from '../sessions/trusted-device.ts';
import { runSignIn, type SignInNeeds, signInArguments } from '../sign-in/use-code.ts';
import { type CheckCodeNeeds, checkCode, deviceOfHash } from '../sign-in/verify-code.ts';
import type { FoundSession } from './auth-session.ts';
import { acr } from './claims.ts';
import { addMissing, type Grant } from './existing-grant.ts';
import { type ChallengeAnswer, refusalAnswer } from './first-party-refusals.ts';
import { type Form, textOf } from './first-party-request.ts';
import { keepAuthSession } from './first-party-session.ts';
import type { OidcRequest, RunningChallenge } from './oidc-request.ts';
import { grantSessionHash, recordKey } from './record-key.ts';

/** The dependencies of signing in to an app by a code. */
export interface FirstPartySignInNeeds extends CheckCodeNeeds, SignInNeeds {
  /** The methods by which people here prove a number (RFC 8176). */
  readonly amr: readonly string[];
}

/** A checked request that enters a code. */
interface Entry {
  readonly ctx: KoaContextWithOIDC;
  readonly running: OidcRequest;
  readonly challenge: RunningChallenge;
  readonly found: FoundSession;
  readonly jkt: string | undefined;
}

/** Checks the code at the challenge of the number, which counts the guess. A right one signs in and gets an authorization code. */
export async function enterCode(
  needs: FirstPartySignInNeeds,
  entry: Entry,
  facts: ChallengeAnswer['body'],
): Promise<ChallengeAnswer> {
  const { running, found } = entry;
  const { id, session } = found;
  const grantId = random.bytes(32).toString('base64url');
  const entered = await signInApp(needs, entry, grantId);
  if (!entered.ok) return refusalAnswer(running.request, running.reply, entered, { auth_session: id, ...facts });
  const [code] = await Promise.all([
    issueCode(needs, entry, grantId, entered.accountId),
    keepAuthSession(needs.db, id, { ...session, deviceToken: entered.deviceToken, isFinished: true }),
  ]);
  return {
    status: 200,
    headers: { 'device-token': entered.deviceToken },
    body: { authorization_code: code, auth_session: id, created: entered.created },
  };
}

/** The sign-in of a person by the code, and the grant of the app, whose session is that of the sign-in: one call, all or nothing. */
async function signInApp(needs: FirstPartySignInNeeds, { ctx, running, challenge, found }: Entry, grantId: string) {
  const { phoneNumber, challengeToken, deviceToken } = found.session;
  const key = recordKey('Grant', grantId);
  const device = newDeviceToken();
  const session = { id: random.id(), secretHash: grantSessionHash(key) };
  const code = textOf(challenge.form, 'invite_code');
  const inviteCode = code === undefined ? undefined : typedInviteCode(code);
  const { client } = running;
  const invite = inviteCode === undefined ? undefined : { code: inviteCode, openedAt: undefined, clientIp: client.ip };
  const grant = new Json(grantArgument(needs, ctx, key));
  const otp = textOf(challenge.form, 'otp') ?? '';
  return checkCode(
    needs,
    { phoneNumber, code: otp, deviceToken, challengeToken, client },
    (guess) =>
      runSignIn(needs, 'sign_in_app', guess, () => {
        const fresh = { accountId: random.orderedId(), inviteCodes: newInviteCodes(), device, session };
        const app = ctx.oidc.client?.clientName ?? found.session.clientId;
        return { ...signInArguments(needs, guess, fresh, invite, undefined), device: app, grant };
      }),
    (row, guess) => {
      if (row.is_blocked) return { ok: false, code: 'account_blocked' } as const;
      needs.metrics.signedIn(row.created ? 'new' : 'existing', guess.isTestNumber);
      const trusted = deviceOfHash([device, ...guess.device], row.device_hash);
      return { ok: true, accountId: row.account_id, created: row.created, deviceToken: trusted } as const;
    },
  );
}

/** The grant as `vouch.sign_in_app` takes it, without the account: what the app asks for, as an own app gets it on the pages. */
function grantArgument({ sessionLife }: FirstPartySignInNeeds, ctx: KoaContextWithOIDC, key: string) {
  const grant = grantOf(ctx);
  const { openid, resources } = grant;
  const now = Math.floor(Date.now() / 1000);
  const lifeSeconds = sessionLife.lifetimeSeconds;
  const payload = {
    iat: now,
    exp: now + lifeSeconds,
    clientId: ctx.oidc.client?.clientId,
    openid,
    resources,
    kind: 'Grant',
  };
  return { key, lifeSeconds, payload };
}

function grantOf(ctx: KoaContextWithOIDC): Grant {
  const grant = new ctx.oidc.provider.Grant({ clientId: String(ctx.oidc.client?.clientId) });
  addMissing(ctx, grant);
  return grant;
}

async function issueCode(
  { amr }: FirstPartySignInNeeds,
  { ctx, found, jkt }: Entry,
  grantId: string,
  accountId: string,
): Promise<string> {
  const { client, provider, resourceServers = {}, params = {} } = ctx.oidc;
  if (!client) throw new Error('the library has checked no client');
  const { request } = found.session;
  const resources = Object.keys(resourceServers);
  const code = new provider.AuthorizationCode({
    accountId,
    client,
    grantId,
    gty: 'authorization_code',
    acr: acr.fresh,
    amr: [...amr],
    authTime: Math.floor(Date.now() / 1000),
    ...(typeof params.claims === 'string' ? { claims: JSON.parse(params.claims) } : {}),
    codeChallenge: textOf(request, 'code_challenge'),
    codeChallengeMethod: textOf(request, 'code_challenge_method'),
    dpopJkt: jkt,
    nonce: textOf(request, 'nonce'),
    redirectUri: textOf(request, 'redirect_uri'),
    ...(resources.length > 0 ? { resource: resources.length === 1 ? resources[0] : resources } : {}),
    scope: grantedScopes(ctx, request),
    ...(client.backchannelLogoutUri === undefined ? {} : { sid: random.id() }),
  });
  return code.save();
}

function grantedScopes(ctx: KoaContextWithOIDC, request: Form): string {
  const grant = grantOf(ctx);
  const asked = (textOf(request, 'scope') ?? '').split(' ');
  const ofResources = Object.keys(ctx.oidc.resourceServers ?? {}).map((one) =>
    grant.getResourceScopeFiltered(one, asked),
  );
  return [grant.getOIDCScopeFiltered(asked), ...ofResources].filter((scopes) => scopes !== '').join(' ');
}
