import { en } from '../people/words/en.ts';

/** A refusal of a use case as the command line says it: in the sentence of the console, with an example of its own. */
export function refusalText({ code }: { readonly code: string }): string {
  const sentence = sentences.get(code);
  if (sentence === undefined) return code;
  const example = examples.get(code);
  return example === undefined ? sentence : `${sentence} ${example}`;
}

const sentences: ReadonlyMap<string, string> = new Map(Object.entries(en.refusals));

const examples: ReadonlyMap<string, string> = new Map([
  ['reason_needed', 'Example: --reason "ticket 7"'],
  ['not_a_phone_number', 'Example: +79161234567'],
  ['unknown_cursor', '--after takes the value that the page before ended with.'],
  ['block_malformed', 'Examples: number +79161234567, prefix +7916, country RU, network 10.1.2.0/24'],
]);
