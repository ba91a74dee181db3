import type { AuditNeeds } from '../audit/store.ts';
import { toClient } from '../http/client.ts';
import type { Reply, Request } from '../http/server.ts';
import { deviceOf } from '../kit/device.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Actor } from '../operators/actor.ts';
import { hashOfOperatorToken } from '../team/operator-token.ts';
import { findOperatorSession } from '../team/store.ts';
import { operatorCookie } from './cookies.ts';
import type { ConsoleTexts } from './words/en.ts';
import { type ConsoleLanguage, consoleLanguage, consoleWords } from './words.ts';

/** The dependencies of every page of the console. */
export interface VisitNeeds extends AuditNeeds {
  /** The path of the console, without a slash at its end; empty on a port of its own. */
  readonly base: string;
}

/** A reader of the console, signed in or not, with the texts of their language. */
export interface Reader {
  readonly base: string;
  readonly language: ConsoleLanguage;
  readonly words: ConsoleTexts;
}

/** The operator of a request, as the author of acts. */
export type OperatorActor = Extract<Actor, { kind: 'operator' }>;

/** A request of an operator who is signed in. */
export interface Visit extends Reader {
  readonly request: Request;
  readonly reply: Reply;
  readonly actor: OperatorActor;
  readonly phoneNumber: PhoneNumber;
  readonly expiresAt: Date;
  /** The hash of the session, for a fresh code. */
  readonly secretHash: Buffer;
}

/** The reader of a request. */
export function toReader(request: Request, { base }: Pick<VisitNeeds, 'base'>): Reader {
  const language = consoleLanguage(request);
  return { base, language, words: consoleWords[language] };
}

/**
 * Runs a page for the operator of the session cookie; without a live session the sign-in page follows. The session is
 * looked up at the primary each time, so that an operator who is removed is out on every process.
 */
export async function asOperator(
  needs: VisitNeeds,
  request: Request,
  reply: Reply,
  run: (visit: Visit) => Promise<Reply>,
): Promise<Reply> {
  const visitor = await findVisitor(needs, request);
  if (!visitor) return reply.redirect(`${needs.base}/sign-in/`, 303);
  const { session, secretHash } = visitor;
  const { ip, userAgent } = toClient(request);
  return run({
    ...toReader(request, needs),
    request,
    reply,
    actor: {
      kind: 'operator',
      id: session.account_id,
      role: session.role,
      clientIp: ip,
      device: deviceOf(userAgent),
      hasFreshCode: session.is_fresh,
    },
    phoneNumber: session.phone_number,
    expiresAt: session.expires_at,
    secretHash,
  });
}

/** The live session of a request, and the hash of its token; undefined without one. */
export async function findVisitor({ db }: Pick<VisitNeeds, 'db'>, request: Request) {
  const secretHash = hashOfOperatorToken(operatorCookie.read(request));
  const session = secretHash && (await findOperatorSession(db, secretHash));
  return session && { session, secretHash };
}
