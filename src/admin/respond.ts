import { sendRefusal } from '../http/refusal.ts';
import type { Reply, Request } from '../http/server.ts';
import { verificationRefusals } from '../verifications/messages.ts';
import { adminRefusals, scopeOf } from './messages.ts';
import type { AdminRefusal, AdminResult } from './result.ts';

const realm = 'Bearer realm="admin"';

/** Sends the result of a call. */
export function respond(request: Request, reply: Reply, result: AdminResult): Reply {
  if (!result.ok) return refuse(request, reply, result);
  if (result.next) reply.header('link', `<${nextUrl(request, result.next)}>; rel="next"`);
  // times as texts, which the serializer tells from null
  return reply.code(result.status).send(JSON.parse(JSON.stringify(result.body)));
}

/** Sends a refusal, with the challenge of RFC 6750 if another key would do. */
export function refuse(request: Request, reply: Reply, refusal: AdminRefusal): Reply {
  if (refusal.code === 'api_key_needed') {
    const isGiven = request.headers.authorization !== undefined;
    reply.header('www-authenticate', isGiven ? `${realm}, error="invalid_token"` : realm);
  }
  if (refusal.code === 'scope_missing')
    reply.header('www-authenticate', `${realm}, error="insufficient_scope", scope="${scopeOf(refusal)}"`);
  return refusal.code === 'verification_refused'
    ? sendRefusal(request, reply, verificationRefusals, refusal.refusal)
    : sendRefusal(request, reply, adminRefusals, refusal);
}

function nextUrl(request: Request, next: string): string {
  const url = new URL(request.url, request.server.publicUrl);
  url.searchParams.set('after', next);
  return url.href;
}
