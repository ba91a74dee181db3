// Stands before Vouch for the OpenID conformance suite: TLS, and PKCE, which Vouch requires and the basic plan does not send.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createPlain, request } from 'node:http';
import { createServer as createTls } from 'node:https';
import { text } from 'node:stream/consumers';

const { PORT = '9443', VOUCH_PORT = '8000', TLS_KEY, TLS_CERT } = process.env;
const verifier = 'a-code-verifier-of-the-conformance-front-0123456789';
const challenge = createHash('sha256').update(verifier).digest('base64url');

const handle = async (incoming, response) => {
  const { method, headers } = incoming;
  const url = new URL(incoming.url, 'http://vouch');
  const body = method === 'POST' ? new URLSearchParams(await text(incoming)) : undefined;
  if (url.pathname === '/oauth/auth') addChallenge(body ?? url.searchParams);
  if (url.pathname === '/oauth/token' && body?.get('grant_type') === 'authorization_code' && !body.has('code_verifier'))
    body.set('code_verifier', verifier);
  const payload = body?.toString() ?? '';
  const options = {
    host: '127.0.0.1',
    port: VOUCH_PORT,
    method,
    path: url.pathname + url.search,
    headers: { ...headers, ...(body ? { 'content-length': Buffer.byteLength(payload) } : {}) },
  };
  const onward = request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.writeHead(502).end());
  onward.end(payload);
};

function addChallenge(parameters) {
  if (!parameters.has('response_type') || parameters.has('code_challenge')) return;
  parameters.set('code_challenge', challenge);
  parameters.set('code_challenge_method', 'S256');
}

const server =
  TLS_KEY && TLS_CERT
    ? createTls({ key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) }, handle)
    : createPlain(handle);
server.listen(Number(PORT), () => process.stdout.write(`port ${server.address().port}\n`));
