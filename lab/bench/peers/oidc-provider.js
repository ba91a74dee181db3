// oidc-provider with its memory adapter, as its documentation has it: node oidc-provider.js
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { CLIENT_ID: clientId, CLIENT_SECRET: secret } = process.env;
const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: clientId,
      client_secret: secret,
      redirect_uris: ['https://bench.example/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  ttl: { AccessToken: 3600, Grant: 86_400, IdToken: 3600, RefreshToken: 86_400 },
});
const handle = provider.callback();
let people = 0;

/** The refresh token of a new sign-in, which the pages of an application would make. */
async function signIn() {
  people += 1;
  const accountId = `person-${people}`;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid');
  const grantId = await grant.save();
  const client = await provider.Client.find(clientId);
  const scope = 'openid';
  return new provider.RefreshToken({ accountId, client, grantId, scope, gty: 'authorization_code' }).save();
}

const server = createServer(async (request, response) => {
  if (request.url === '/sign-in') response.end(await signIn());
  else handle(request, response);
}).listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${server.address().port}\n`);
});
