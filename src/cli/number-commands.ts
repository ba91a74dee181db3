import { present } from '../kit/present.ts';
import { orAborted } from '../kit/shutdown.ts';
import { oneOfWords } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
  numberOperand,
} from './command.ts';
import { parseOperatorNumber } from './parse-operator-number.ts';
import { actOn, parsePerson } from './people-commands.ts';
import { peopleNeeds } from './people-needs.ts';
import { recordedOperation } from './recorded-operation.ts';
import { refusalText } from './refusal-text.ts';
import { UsageError } from './usage-error.ts';

/** The commands about one number. */
export const numberCommands: CommandGroup = {
  trace: defineCommand({
    usage: 'trace <number>         the whole story of a number, found by any spelling; reading it is logged',
    operands: [numberOperand],
    parse: parseNumber,
    run: traceNumber,
  }),
  unlock: defineCommand({
    usage: `unlock <number>        lets a number try now: ends its lock after wrong codes and every limit of it
    --reason "ticket 7"`,
    operands: [numberOperand],
    options: { reason: 'string' },
    parse: parsePerson,
    run: actOn(async (needs, { actor }, input) => {
      const { unlockNumber } = await import('../people/act-on-person.ts');
      const done = await unlockNumber(needs, actor, input);
      return done.ok ? { ...done, text: 'The number can request a code now. Its open codes have ended.' } : done;
    }),
  }),
  'sms test': defineCommand({
    usage: `sms test <number>      sends one real message, which costs what it costs; the audit trail has it
    --provider smsc          by this provider instead of the first one of the route`,
    operands: [numberOperand],
    options: { provider: 'string' },
    parse: (args) => ({ ...parseNumber(args), provider: args.text('provider') }),
    run: (context, input) => orAborted(sendTest(context, input), context.shutdown.requested),
  }),
};

interface NumberInput {
  readonly typed: string;
}

function parseNumber({ operands: [typed = ''] }: CommandArguments): NumberInput {
  return { typed };
}

async function traceNumber(context: CommandContext, { typed }: NumberInput): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(context.config, typed);
  const { trace } = await import('./operations.ts');
  const { numberStory } = await import('../people/number-story.ts');
  return context.withDatabase(async (db) => {
    const story = await numberStory(await peopleNeeds(context, db), context.actor, { text: phoneNumber });
    if (!story.ok) throw new UsageError(refusalText(story));
    return trace(story);
  });
}

async function sendTest(
  { config, createLog, withDatabase }: CommandContext,
  input: NumberInput & { provider: string | undefined },
): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(config, input.typed);
  const { createProviders } = await import('../sms/providers.ts');
  const { providerOptions } = await import('../config/provider-options.ts');
  const { testSms } = await import('./operations.ts');
  const options = providerOptions(config.sms.providers, config.publicUrl ?? 'http://127.0.0.1');
  const providers = createProviders(options, await createLog());
  try {
    const names = [...providers.keys()];
    const name = oneOfWords('provider of SMS_ROUTES', input.provider ?? names[0] ?? '', names);
    const provider = present(providers.get(name), name);
    await withDatabase(await recordedOperation({ event: 'test_message_sent', phoneNumber, details: provider.name }));
    return await testSms(provider, phoneNumber);
  } finally {
    await Promise.all([...providers.values()].map((provider) => provider.close()));
  }
}
