import type { Language } from '../../src/kit/language.ts';
import type { Sent } from '../../src/sms/provider.ts';
import { openSite } from '../../test/support/browser.ts';
import { type TestApp, withToken } from '../../test/support/harness.ts';
import { testProvider } from '../../test/support/test-deliveries.ts';

/** The product with the people of a journey. */
export interface Stages {
  readonly site: TestApp & { readonly url: string };
  newNumber(language: Language): string;
  /** A number that no message reaches. */
  refusedNumber(language: Language): string;
  /** The number of somebody who has invited a dozen people. */
  host(language: Language): Promise<string>;
}

/** The beginning of a mobile number where people speak the language, and the digits that it lacks. */
const ranges: { readonly [language in Language]?: readonly [begin: string, missing: number] } = {
  ru: ['+7916', 7],
  de: ['+491512', 7],
};
const english = ['+4479111', 5] as const;

/** A carrier refuses numbers with this end. */
const refusedEnd = '00';
const refused: Sent = { ok: false, error: 'rejected', about: 'number', reason: 'no such number' };

/** Opens the product for one browser: its messages go by SMS, and the second one by Telegram. */
export async function openStages(): Promise<Stages> {
  const providers = (['sms', 'telegram'] as const).map((channel) =>
    testProvider(
      channel,
      async ({ id, to }): Promise<Sent> => (to.endsWith(refusedEnd) ? refused : { ok: true, reference: id }),
      { channel },
    ),
  );
  const site = await openSite({ inbox: undefined, sending: { providers } });
  let last = 0;
  const number = (language: Language, end: string): string => {
    const [begin, missing] = ranges[language] ?? english;
    last += 1;
    return begin + `${String(last + 1234).padStart(missing - 2, '0')}${end}`.slice(-missing);
  };
  const newNumber = (language: Language) => number(language, '67');
  return {
    site,
    newNumber,
    refusedNumber: (language) => number(language, refusedEnd),
    async host(language) {
      const owner = newNumber(language);
      const token = await site.signIn(owner);
      const { data } = await site.call('GET', '/api/users/me', undefined, withToken(token));
      for (const name of guests[language] ?? guests.en) {
        const guest = withToken(await site.signIn(newNumber(language)));
        if (name) await site.call('PATCH', '/api/users/me', { first_name: name }, guest);
        await site.call('PATCH', '/api/users/me/invite_code', { invite_code: data.referal_code }, guest);
      }
      site.clock.turn(31);
      return owner;
    },
  };
}

/** First names, of which the pages show those that were given. */
const guests: { readonly en: readonly string[] } & { readonly [language in Language]?: readonly string[] } = {
  en: ['Oliver', '', 'Maximilian-Alexander Featherstonehaugh', 'Ada', '', '', 'Zoë', 'Bo', 'Ivy', '', 'Noor', 'Sam'],
  ru: ['Ольга', '', 'Александра-Виктория Константинопольская', 'Ян', '', '', 'Зоя', 'Пётр', 'Ия', '', 'Нур', 'Лев'],
  de: ['Jürgen', '', 'Karl-Theodor Maria Nikolaus Buhl-Freiherr', 'Ute', '', '', 'Zoë', 'Bo', 'Ida', '', 'Noor', 'Uwe'],
};
