import assert from 'node:assert/strict';
import { isClientProblem, parseClientDescription } from '../../src/config/oidc-client.ts';
import { oidc, testClients } from './oidc-client.ts';
import { png } from './png.ts';

/** The logo of apps in tests. */
export const picture = png(120, 60);

/** A data URL of a logo. */
export const logoUrl = (content: Buffer, type = 'image/png') => `data:${type};base64,${content.toString('base64')}`;

function looking(id: string) {
  const known = testClients.get(id);
  assert.ok(known);
  const described = parseClientDescription({
    ...known.client,
    client_name: `Café ${id}`,
    color: '#1D4ED8',
    logo_uri: logoUrl(picture),
  });
  if (isClientProblem(described)) assert.fail(described.reason);
  return [id, { ...known, ...described }] as const;
}

/** The settings of apps, of which three have a name, a logo and a colour. */
export const lookingOidc = { ...oidc, clients: new Map([...testClients, ...['shop', 'bakery', 'tv'].map(looking)]) };
