import type { EndpointInput, WebhookRefusal } from '../webhooks/endpoint.ts';
import type { WebhookNeeds } from '../webhooks/manage-webhooks.ts';
import { parseCount } from './arguments.ts';
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
import { explainWebhookRefusal } from './webhook-refusal.ts';

const idOperand: Operand = { noun: 'webhook id', example: '3f0c1c0e8d4b4a57' };
const choices = { events: 'string', description: 'string', numbers: 'string' } as const;

/** The commands about webhooks. */
export const webhookCommands: CommandGroup = {
  'webhooks add': defineCommand({
    usage: `webhooks add <url>     sends events to this address; its secret is shown once
    --events user.created,session.created   the types; see docs/operator/webhooks.md
    --numbers yes            the phone number is in the events, too
    --description "billing"`,
    operands: [{ noun: 'url', example: 'https://hooks.example.com/vouch --events user.created' }],
    options: choices,
    parse: (args) => ({ url: args.operands[0] ?? '', ...parseChoices(args) }),
    run: addByOperator,
  }),
  'webhooks list': defineCommand({
    usage: 'webhooks list          the endpoints, and whether they work',
    parse: () => undefined,
    run: listByOperator,
  }),
  'webhooks change': defineCommand({
    usage: `webhooks change <id>   --url, --events, --numbers, --description as with add
    --enabled no             stops it and keeps its events; yes sends them`,
    operands: [idOperand],
    options: { ...choices, url: 'string', enabled: 'string' },
    parse: (args) => ({
      id: args.operands[0] ?? '',
      ...parseChoices(args),
      ...optionalUrl(args.text('url')),
      isEnabled: yesOrNo('enabled', args.text('enabled')),
    }),
    run: async (context, input) => {
      const { changeWebhook } = await import('../webhooks/manage-webhooks.ts');
      const result = await withNeeds(context, (needs) => changeWebhook(needs, context.actor, input));
      return result.ok ? done({ id: input.id }, 'The webhook is changed.') : refused(result);
    },
  }),
  'webhooks rotate': defineCommand({
    usage: `webhooks rotate <id>   gives it a new secret, which is shown once
    --overlap 24h            how long the old secret signs, too`,
    operands: [idOperand],
    options: { overlap: 'string' },
    parse: parseRotation,
    run: async (context, input) => {
      const { rotateWebhookSecret } = await import('../webhooks/manage-webhooks.ts');
      const result = await withNeeds(context, (needs) => rotateWebhookSecret(needs, context.actor, input));
      if (!result.ok) return refused(result);
      return done(
        { id: input.id, secret: result.secret },
        `${result.secret}\n\nThis is the only time that it is shown.`,
      );
    },
  }),
  'webhooks delete': defineCommand({
    usage: 'webhooks delete <id>   deletes it with its events',
    operands: [idOperand],
    parse: ({ operands: [id = ''] }) => ({ id }),
    run: async (context, input) => {
      const { deleteWebhook } = await import('../webhooks/manage-webhooks.ts');
      const result = await withNeeds(context, (needs) => deleteWebhook(needs, context.actor, input));
      return result.ok ? done(input, 'The webhook is deleted.') : refused(result);
    },
  }),
  'webhooks test': defineCommand({
    usage: 'webhooks test <id>     sends an event of the type webhook.test',
    operands: [idOperand],
    parse: ({ operands: [id = ''] }) => ({ id }),
    run: async (context, input) => {
      const { sendTestWebhook } = await import('../webhooks/manage-webhooks.ts');
      const result = await withNeeds(context, (needs) => sendTestWebhook(needs, context.actor, input));
      if (!result.ok) return refused(result);
      return done(
        { ...input, sequence: result.seq },
        `Event ${result.seq} is queued. See: vouch webhooks attempts ${input.id}`,
      );
    },
  }),
  'webhooks events': defineCommand({
    usage: `webhooks events <id>   the events in their order, without gaps
    --after 120  --limit 50  those with greater numbers`,
    operands: [idOperand],
    options: { after: 'string', limit: 'string' },
    parse: ({ operands: [id = ''], text }) => ({
      id,
      after: text('after'),
      limit: parseCount('limit', text('limit') ?? '50', 10_000),
    }),
    run: listEvents,
  }),
  'webhooks attempts': defineCommand({
    usage: 'webhooks attempts <id> the attempts of the newest events; --limit 50',
    operands: [idOperand],
    options: { limit: 'string' },
    parse: ({ operands: [id = ''], text }) => ({ id, limit: parseCount('limit', text('limit') ?? '50', 10_000) }),
    run: listAttempts,
  }),
  'webhooks replay': defineCommand({
    usage: `webhooks replay <id>   sends events again, under their ids
    --after 120  --until 130 those with greater numbers, up to another one`,
    operands: [idOperand],
    options: { after: 'string', until: 'string' },
    parse: ({ operands: [id = ''], text }) => ({
      id,
      after: sequenceOf('after', text('after') ?? ''),
      until: sequenceOf('until', text('until') ?? '999999999999999'),
    }),
    run: async (context, input) => {
      const { replayWebhook } = await import('../webhooks/manage-webhooks.ts');
      const result = await withNeeds(context, (needs) => replayWebhook(needs, context.actor, input));
      return result.ok ? done(result, `${result.replayed} events are sent again.`) : refused(result);
    },
  }),
};

/** The number of an event, or 0 for that before the first. */
function sequenceOf(option: string, typed: string): number {
  if (/^\d{1,15}$/.test(typed)) return Number(typed);
  throw new UsageError(`--${option} is the number of an event. Example: --${option} 120`);
}

function parseChoices({ text }: CommandArguments): Partial<EndpointInput> {
  const [events, description] = [text('events'), text('description')];
  const withNumbers = yesOrNo('numbers', text('numbers'));
  return {
    ...(events === undefined ? {} : { events: events.split(',').map((event) => event.trim()) }),
    ...(description === undefined ? {} : { description }),
    ...(withNumbers === undefined ? {} : { withNumbers }),
  };
}

function optionalUrl(url: string | undefined) {
  return url === undefined ? {} : { url };
}

function yesOrNo(name: string, typed: string | undefined): boolean | undefined {
  if (typed === undefined || typed === 'yes' || typed === 'no')
    return typed === undefined ? undefined : typed === 'yes';
  throw new UsageError(`--${name} is yes or no`);
}

function parseRotation({ operands: [id = ''], text, now }: CommandArguments) {
  const overlap = text('overlap') ?? '24h';
  const ms = overlap === '0' ? 0 : now.getTime() - parseTime('overlap', overlap, now).getTime();
  return { id, overlapSeconds: Math.round(ms / 1000) };
}

async function addByOperator(context: CommandContext, input: Partial<EndpointInput>): Promise<CommandOutput> {
  const { addWebhook } = await import('../webhooks/manage-webhooks.ts');
  const whole = { url: '', description: '', events: [], withNumbers: false, ...input };
  const added = await withNeeds(context, (needs) => addWebhook(needs, context.actor, whole));
  if (!added.ok) return refused(added);
  const { id, secret } = added;
  return done(
    { id, secret },
    `${secret}\n\nThis is the only time that the secret is shown. The id of the webhook is ${id}.`,
  );
}

async function listByOperator(context: CommandContext): Promise<CommandOutput> {
  const { listWebhooks } = await import('../webhooks/manage-webhooks.ts');
  const { formatTable } = await import('./table.ts');
  const found = await withNeeds(context, (needs) => listWebhooks(needs, context.actor));
  if (!found.ok) return refused(found);
  const rows = found.endpoints.map((one) => ({
    id: one.id,
    url: one.url,
    state: one.disabled_reason ? `disabled: ${one.disabled_reason}` : one.failing_since ? 'failing' : 'works',
    events: one.events.join(','),
    numbers: one.with_numbers ? 'yes' : 'no',
    newest: one.last_seq,
    waiting: one.waiting,
    description: one.description,
  }));
  return done(found.endpoints, rows.length > 0 ? formatTable(rows) : 'There is no webhook.');
}

async function listEvents(
  context: CommandContext,
  input: { readonly id: string; readonly after: string | undefined; readonly limit: number },
): Promise<CommandOutput> {
  const { readWebhookEvents } = await import('../webhooks/webhook-history.ts');
  const { formatTable } = await import('./table.ts');
  const page = await withNeeds(context, (needs) => readWebhookEvents(needs, context.actor, input));
  if (!page.ok) return refused(page);
  const rows = page.items.map((one) => ({
    event: one.seq,
    id: one.event_id,
    type: one.type,
    at: one.at.toISOString(),
    state: one.state,
    attempts: one.attempts,
    data: JSON.stringify(one.data),
  }));
  const more = page.next ? `\n\nMore: --after ${page.next}` : '';
  const json = { items: page.items, next: page.next };
  return done(json, rows.length > 0 ? formatTable(rows) + more : 'There is no event.');
}

async function listAttempts(
  context: CommandContext,
  input: { readonly id: string; readonly limit: number },
): Promise<CommandOutput> {
  const { listWebhookAttempts } = await import('../webhooks/webhook-history.ts');
  const { formatTable } = await import('./table.ts');
  const page = await withNeeds(context, (needs) => listWebhookAttempts(needs, context.actor, input));
  if (!page.ok) return refused(page);
  const rows = page.items.map((one) => ({
    event: one.seq,
    id: one.event_id,
    type: one.type,
    attempt: one.number,
    at: one.at.toISOString(),
    result: one.error ?? `HTTP ${one.status}`,
    ms: one.milliseconds,
  }));
  return done(page.items, rows.length > 0 ? formatTable(rows) : 'There was no attempt.');
}

async function withNeeds<T>(context: CommandContext, run: (needs: WebhookNeeds) => Promise<T>): Promise<T> {
  const { instanceKeys } = await import('../config/dev-key.ts');
  const { config } = context;
  const [log, keys, allowedNetworks] = [await context.createLog(), instanceKeys(config), config.webhookPrivateNetworks];
  return context.withDatabase((db) => run({ db, log, keys, allowedNetworks }));
}

function done(json: unknown, text: string): CommandOutput {
  return { json, text, isGood: true };
}

function refused(refusal: { readonly ok: false } & WebhookRefusal): CommandOutput {
  const { ok: _, ...json } = refusal;
  return { json, text: explainWebhookRefusal(refusal), isGood: false };
}
