import { readFileSync } from 'node:fs';
import { appLogoUrl } from '../brand/app-logo.ts';
import { errorMessage } from '../kit/caught.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { clientKinds, describeClient } from '../oidc/client-kind.ts';
import type { ClientActNeeds, ClientRefusal } from '../oidc/manage-clients.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
  type Operand,
} from './command.ts';
import { parseTime } from './time.ts';
import { UsageError } from './usage-error.ts';

const idOperand: Operand = { noun: 'client id', example: 'shop' };

/** The commands about apps that sign people in by OpenID Connect. */
export const clientCommands: CommandGroup = {
  'clients add': defineCommand({
    usage: `clients add <id>       registers an app; its secret is shown once
    --redirect https://shop.example/callback,…
    --name "Shop"  --first-party  --type web|native|spa|device|api
    --logout https://shop.example/  --backchannel https://shop.example/logout
    --color "#1d4ed8"  --logo ./logo.png
    --resource "https://api.shop.example orders:read orders:write"`,
    operands: [{ ...idOperand, example: 'shop --redirect https://shop.example/callback' }],
    options: {
      redirect: 'string',
      name: 'string',
      'first-party': 'boolean',
      type: 'string',
      logout: 'string',
      backchannel: 'string',
      color: 'string',
      logo: 'string',
      resource: 'string',
    },
    parse: parseClientInput,
    run: addByOperator,
  }),
  'clients list': defineCommand({
    usage: 'clients list           all apps, without their secrets',
    parse: () => undefined,
    run: listByOperator,
  }),
  'clients rotate': defineCommand({
    usage: `clients rotate <id>    gives an app a new secret, which is shown once
    --overlap 24h            how long the old secret stays valid too; 0 ends it at once`,
    operands: [idOperand],
    options: { overlap: 'string' },
    parse: parseRotation,
    run: rotateByOperator,
  }),
  'clients remove': defineCommand({
    usage: 'clients remove <id>    ends an app: its tokens are refreshed no more',
    operands: [idOperand],
    parse: ({ operands: [id = ''] }) => ({ id }),
    run: removeByOperator,
  }),
  'clients rotate-keys': defineCommand({
    usage: `clients rotate-keys    makes new keys that sign tokens; the old ones stay valid
    --leaked                 the old ones end at once, and so do their tokens`,
    options: { leaked: 'boolean' },
    parse: ({ flag }) => ({ isLeak: flag('leaked') }),
    run: rotateKeysByOperator,
  }),
};

function parseClientInput({ operands: [id = ''], text, flag }: CommandArguments) {
  const type = text('type') ?? 'web';
  const kind = clientKinds.find((name) => name === type);
  if (!kind) throw new UsageError(`--type is one of ${clientKinds.join(', ')}`);
  return describeClient(kind, {
    client_id: id,
    client_name: text('name'),
    redirect_uris: listed(text('redirect')),
    post_logout_redirect_uris: listed(text('logout')),
    backchannel_logout_uri: text('backchannel'),
    color: text('color'),
    logo_uri: readLogo(text('logo')),
    resources: readResources(text('resource')),
    first_party: flag('first-party'),
  });
}

function readLogo(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return appLogoUrl(readFileSync(file));
  } catch (error) {
    throw new UsageError(`--logo names a file that cannot be read: ${errorMessage(error)}`);
  }
}

/** The APIs for which the app may get a JWT: each a URL and its scopes. */
function readResources(text: string | undefined): Readonly<Record<string, string>> | undefined {
  const resources = listed(text)?.map((resource) => resource.split(/ +/));
  return resources && Object.fromEntries(resources.map(([url = '', ...scopes]) => [url, scopes.join(' ')]));
}

function listed(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

function parseRotation({ operands: [id = ''], text, now }: CommandArguments) {
  const overlap = text('overlap') ?? '24h';
  const ms = overlap === '0' ? 0 : now.getTime() - parseTime('overlap', overlap, now).getTime();
  return { id, overlapSeconds: Math.round(ms / 1000) };
}

async function addByOperator(
  context: CommandContext,
  input: Readonly<Record<string, unknown>>,
): Promise<CommandOutput> {
  const { addClient } = await import('../oidc/manage-clients.ts');
  const added = await withNeeds(context, (needs) => addClient(needs, context.actor, input));
  if (!added.ok) return refused(added);
  const { id, secret } = added;
  if (secret === undefined) return done({ id }, `The app ${id} is registered. It has no secret.`);
  return done({ id, secret }, `${secret}\n\nThis is the only time that the secret of ${id} is shown.`);
}

async function listByOperator(context: CommandContext): Promise<CommandOutput> {
  const { listClients } = await import('../oidc/manage-clients.ts');
  const { formatTable } = await import('./table.ts');
  const found = await withNeeds(context, (needs) => listClients(needs, context.actor));
  if (!found.ok) return refused(found);
  const rows = found.clients.map(({ id, metadata, created_at }) => ({
    id,
    name: metadata.client_name,
    type: metadata.application_type,
    'first party': metadata.first_party ? 'yes' : 'no',
    redirect: metadata.redirect_uris.join(' '),
    added: created_at?.toISOString().slice(0, 10) ?? 'CLIENTS_FILE',
  }));
  return done(found.clients, rows.length > 0 ? formatTable(rows) : 'There is no app.');
}

async function rotateByOperator(
  context: CommandContext,
  input: { readonly id: string; readonly overlapSeconds: number },
): Promise<CommandOutput> {
  const { rotateClient } = await import('../oidc/manage-clients.ts');
  const result = await withNeeds(context, (needs) => rotateClient(needs, context.actor, input));
  if (!result.ok) return refused(result);
  const { secret } = result;
  return done({ id: input.id, secret }, `${secret}\n\nThis is the only time that it is shown.`);
}

async function removeByOperator(context: CommandContext, input: { readonly id: string }): Promise<CommandOutput> {
  const { removeClient } = await import('../oidc/manage-clients.ts');
  const result = await withNeeds(context, (needs) => removeClient(needs, context.actor, input));
  return result.ok ? done(input, `The app ${input.id} is removed.`) : refused(result);
}

async function rotateKeysByOperator(
  context: CommandContext,
  input: { readonly isLeak: boolean },
): Promise<CommandOutput> {
  const { rotateKeys } = await import('../oidc/manage-clients.ts');
  const result = await withNeeds(context, (needs) => rotateKeys(needs, context.actor, input));
  if (!result.ok) return refused(result);
  const when = input.isLeak ? 'They sign within a minute.' : 'They are published now and sign in ten minutes.';
  return done({ keys: result.made }, `New keys: ${result.made.join(', ')}. ${when}`);
}

async function withNeeds<T>(
  context: CommandContext,
  run: (needs: ClientActNeeds & { readonly keys: SecretKeys }) => Promise<T>,
): Promise<T> {
  const { instanceKeys } = await import('../config/dev-key.ts');
  const [log, keys] = [await context.createLog(), instanceKeys(context.config)];
  return context.withDatabase((db) => run({ db, log, keys, configured: context.config.clientsFile }));
}

function done(json: unknown, text: string): CommandOutput {
  return { json, text, isGood: true };
}

function refused(refusal: ClientRefusal): CommandOutput {
  const { ok: _, ...json } = refusal;
  return { json, text: explain(refusal), isGood: false };
}

function explain(refusal: ClientRefusal): string {
  switch (refusal.code) {
    case 'client_invalid':
      return `The app cannot be registered: ${refusal.member} ${refusal.reason}. See docs/oidc.md.`;
    case 'client_exists':
      return 'There is an app with this id already: see vouch clients list.';
    case 'client_unknown':
      return 'There is no such app, or it has no secret: see vouch clients list.';
    case 'client_read_only':
      return 'This app is in CLIENTS_FILE: change it there, and restart.';
    default:
      return 'This may not be done from the command line.';
  }
}
