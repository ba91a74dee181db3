import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** An event of Vouch. */
export interface VouchEvent {
  /** Such as `user.created`. */
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Checks webhooks. */
export interface Webhooks {
  /**
   * The event of a request; undefined if its signature does not fit or is older than five minutes. The body is the text as it
   * came: parsed and printed again it has another signature. Keep the header `webhook-id` to know a repetition.
   */
  verify(body: string | Uint8Array, headers: Readonly<Record<string, unknown>> | Headers): VouchEvent | undefined;
}

/** Makes a check by the secrets of an endpoint (`whsec_…`): during a rotation there are two. */
export function createWebhooks(...secrets: readonly string[]): Webhooks {
  const judges = secrets.map((secret) => new Webhook(secret));
  if (judges.length === 0) throw new TypeError('webhooks: no secret was given');
  return {
    verify: (body, headers) => {
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      const signed = headersOf(headers);
      for (const judge of judges) {
        try {
          return judge.verify(text, signed) as VouchEvent;
        } catch (error) {
          if (!(error instanceof WebhookVerificationError)) throw error;
        }
      }
      return undefined;
    },
  };
}

function headersOf(headers: Readonly<Record<string, unknown>> | Headers): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}
