import type { Gateway } from './gateway.ts';

const patienceMs = 8000;

/**
 * Hands each message to a company's own sender: `POST` of `{"to", "text"}` as JSON, with `Authorization: Bearer` where
 * a token is configured. Any 2xx is acceptance; anything else, a redirect or 8 seconds of silence throws.
 */
export function httpGateway(to: { url: string; token?: string | undefined }): Gateway {
  return {
    async send(message, signal) {
      const answer = await fetch(to.url, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          ...(to.token ? { authorization: `Bearer ${to.token}` } : {}),
        },
        body: JSON.stringify({ to: message.to, text: message.text }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the SMS sender answered ${answer.status}`);
    },
  };
}
