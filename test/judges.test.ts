import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../src/kit/record.ts';
import { openBrowser, openVisitor } from './support/browser.ts';
import { testOf } from './support/depth.ts';
import { type JudgeSite, openJudgeSite } from './support/judge-site.ts';
import { type Judge, missingPackage, openSignedIn, takeThrough } from './support/library-judge.ts';
import { oauth4webapi } from './support/library-oauth4webapi.ts';
import { openidClient } from './support/library-openid-client.ts';
import { openidClient5 } from './support/library-openid-client-5.ts';
import { type Tampering, tamperings } from './support/tampering-proxy.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The libraries that run in Node.js, by the package. */
const judges: Readonly<Record<string, (site: JudgeSite) => Promise<Judge>>> = {
  'openid-client': openidClient,
  'openid-client-5': openidClient5,
  oauth4webapi,
};

/** The reason for which a judge refuses an ID token that somebody has changed. */
const reasons: Readonly<Record<string, RegExp>> = {
  'another nonce': /nonce/,
  'another audience': /aud/,
  'another issuer': /iss/,
  'an end in the past': /exp/,
  'alg none': /alg/,
  'another key': /signature/i,
  'a key that is not published': /key|jwks/i,
};

/** A redirect that somebody has changed. */
const redirects: Readonly<Record<string, readonly [Record<string, string | undefined>, RegExp]>> = {
  'wrong state': [{ state: 'another' }, /state/],
  'issuer of another provider': [{ iss: 'https://evil.example' }, /iss/],
  'no issuer': [{ iss: undefined }, /iss/],
};

test('docs/oidc.md has the versions of the libraries that run here', () => {
  const text = readFileSync(`${root}/docs/oidc.md`, 'utf8');
  const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'));
  const example = JSON.parse(readFileSync(`${root}/examples/nextjs/package.json`, 'utf8'));
  const versions = [...Object.keys(judges), 'oidc-client-ts'].map((name) => [
    name.replace(/-5$/, ''),
    packages[`node_modules/${name}`].version,
  ]);
  versions.push(['next-auth', example.dependencies['next-auth'].slice(1)]);
  const rows = [...text.matchAll(/^\| `([\w-]+)`[^|]* \| ([\d.]+) \|/gm)].map(([, name, version]) => [name, version]);
  assert.deepEqual(rows.toSorted(), versions.toSorted());
});

const site = await openJudgeSite([
  { client_id: 'shop' },
  { client_id: 'form', token_endpoint_auth_method: 'client_secret_post' },
]);

for (const [name, open] of Object.entries(judges)) {
  const skip = missingPackage(name);

  testOf(name === 'openid-client')(
    `${name} signs in through the pages, refreshes, asks, revokes and signs out`,
    { skip },
    async () => {
      const { page, problems } = await openVisitor(await openBrowser(), site.url);
      await takeThrough(site, page, await open(site));
      assert.deepEqual(problems, []);
    },
  );

  test(`${name} refuses what is tampered with, and the provider a replayed code`, { skip }, async (t) => {
    const [judge, authorize] = [await open(site), await openSignedIn(site)];
    for (const [label, tampering] of Object.entries(tamperings))
      await t.test(label, () => refuses(judge, authorize, { tampering }, reasons[label] ?? assert.fail(label)));
    for (const [label, [parameters, reason]] of Object.entries(redirects))
      await t.test(label, () => refuses(judge, authorize, { parameters }, reason));
    await t.test('replayed code: by the provider', async () => {
      const begun = await judge.begin();
      const callback = await authorize(begun.url);
      await begun.finish(callback);
      await assert.rejects(begun.finish(callback), reasonIs(/invalid_grant/));
    });
    await t.test('userinfo of another person', async () => {
      const begun = await judge.begin();
      const tokens = await begun.finish(await authorize(begun.url));
      await withTampering({ userinfo: { sub: 'another' } }, () => assert.rejects(tokens.userinfo(), reasonIs(/sub/)));
    });
  });
}

/** The judge takes a sign-in, and refuses the like with a change. */
async function refuses(
  judge: Judge,
  authorize: (url: string) => Promise<string>,
  change: { readonly tampering?: Tampering; readonly parameters?: Record<string, string | undefined> },
  reason: RegExp,
): Promise<void> {
  const begun = await judge.begin();
  const callback = new URL(await authorize(begun.url));
  for (const [name, value] of Object.entries(change.parameters ?? {}))
    if (value === undefined) callback.searchParams.delete(name);
    else callback.searchParams.set(name, value);
  await withTampering(change.tampering, () => assert.rejects(begun.finish(callback.href), reasonIs(reason)));
}

async function withTampering(tampering: Tampering | undefined, run: () => Promise<void>): Promise<void> {
  site.proxy.tampering = tampering;
  await run().finally(() => {
    site.proxy.tampering = undefined;
  });
}

/** Libraries tell the reason in the message, a code or the cause. */
function reasonIs(pattern: RegExp) {
  return (error: unknown) => {
    assert.match(reasonOf(error), pattern);
    return true;
  };
}

function reasonOf(error: unknown): string {
  if (!isRecord(error)) return '';
  const { message, code, error: oauth, claim, attribute, cause } = error;
  return [message, code, oauth, claim, attribute, reasonOf(cause)].filter(Boolean).join(' ');
}
