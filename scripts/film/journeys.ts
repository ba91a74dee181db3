import type { Language } from '../../src/kit/language.ts';
import { withToken } from '../../test/support/harness.ts';
import type { Person } from '../../test/support/installed-browsers.ts';
import { eventually } from '../../test/support/product-launch.ts';
import type { Stages } from './stages.ts';

/** A person on a journey, and the means to picture each step of it. */
export interface Take {
  readonly person: Person;
  readonly language: Language;
  readonly stages: Stages;
  /** Pictures the page; the label stands below the picture. */
  frame(label: string): Promise<void>;
}

type Journey = (take: Take) => Promise<void>;

/** Each journey through the pages of signing in, with a frame at each step. */
export const journeys: Readonly<Record<string, Journey>> = { invited, known, wrong, expired, resend, erased };

async function invited({ person, language, stages, frame }: Take): Promise<void> {
  const { site, newNumber } = stages;
  const owner = await site.signIn(newNumber(language));
  const { data } = await site.call('GET', '/api/users/me', undefined, withToken(owner));
  await person.go(`${site.url}/i/${data.referal_code}`);
  await frame('the link');
  const number = newNumber(language);
  await type(person, '#phone_number', number);
  await frame('the number');
  await person.enter('#phone_number', number);
  await arrivesAtCode(person);
  await frame('the code');
  await type(person, '#sms_code', site.codeFor(number).slice(0, 3));
  await frame('three digits');
  await enterCode(person, site.codeFor(number));
  await frame('the new account');
  await person.enter('#first_name', firstNames[language] ?? 'Anna');
  await person.shows('html.js main > .notice');
  await frame('a name saved');
}

const firstNames: { readonly [language in Language]?: string } = { ru: 'Анна', de: 'Änne', en: 'Anna' };

async function known({ person, language, stages, frame }: Take): Promise<void> {
  const { site, newNumber } = stages;
  const number = await stages.host(language);
  await person.go(`${site.url}/`);
  await frame('the first page');
  await person.type('#phone_number', number.slice(0, 7));
  await person.enter('#phone_number', '12');
  await person.shows('.summary');
  await frame('no number');
  await person.enter('#phone_number', number);
  await arrivesAtCode(person);
  await frame('the code');
  await enterCode(person, site.codeFor(number));
  await frame('the account');
  await person.click('[data-more]');
  await person.shows('#invited-list li:nth-child(11)');
  await frame('all people');
  await person.enter('#invite_code', newNumber(language));
  await person.shows('html.js #invite_code[aria-invalid=true]');
  await frame('no invite code');
  await person.go(`${site.url}/logout/`);
  await frame('signing out');
}

async function wrong({ person, language, stages, frame }: Take): Promise<void> {
  const { site } = stages;
  const number = await atCode(person, stages, language);
  const code = site.codeFor(number);
  for (const [index, label] of ['wrong', 'wrong again'].entries()) {
    const typed = String((Number(code) + index + 1) % 1_000_000).padStart(6, '0');
    await person.enter('#sms_code', typed);
    await holds(person, '#sms_code', typed);
    await person.shows('#sms_code[aria-invalid=true]');
    await frame(label);
  }
  await person.enter('#sms_code', '12');
  await person.shows('#sms_code[aria-invalid=true]');
  await frame('incomplete');
  await enterCode(person, code);
  await frame('right');
}

async function expired({ person, language, stages, frame }: Take): Promise<void> {
  const { site } = stages;
  const number = await atCode(person, stages, language);
  site.clock.turn(594);
  await person.go(`${site.url}/confirm/`);
  await frame('the last seconds');
  await person.shows('form[hidden]#code, [data-otp][hidden]');
  await frame('expires while open');
  site.clock.turn(10);
  await person.go(`${site.url}/confirm/`);
  await person.shows('#resend .button:not(.plain)');
  await frame('opened later');
  await person.click('#resend button');
  await person.shows('.notice');
  await frame('a new code');
  await enterCode(person, site.codeFor(number));
  await frame('signed in');
}

async function resend({ person, language, stages, frame }: Take): Promise<void> {
  const { site } = stages;
  const number = await atCode(person, stages, language);
  await frame('the wait');
  await person.click('.help summary');
  await frame('help');
  site.clock.turn(31);
  await person.go(`${site.url}/confirm/`);
  await person.shows('#resend button:enabled');
  await frame('the next channel');
  await person.click('#resend button');
  await person.shows('.notice');
  await frame('sent by it');
  await person.enter('#sms_code', site.codeFor(number));
  await person.arrives('/account/');
  const refused = stages.refusedNumber(language);
  await person.go(`${site.url}/logout/`);
  await person.click('main form button');
  await person.arrives('/');
  await person.enter('#phone_number', refused);
  await arrivesAtCode(person);
  await person.shows('#resend .notice');
  await frame('not sent');
}

async function erased({ person, language, stages, frame }: Take): Promise<void> {
  const { site } = stages;
  const number = await atCode(person, stages, language);
  await enterCode(person, site.codeFor(number));
  site.clock.turn(301);
  await person.go(`${site.url}/account/delete/`);
  await frame('what is lost');
  await person.click('.danger');
  await person.arrives('/account/delete');
  await frame('a code is needed');
  await person.click('main form .button');
  await arrivesAtCode(person);
  await person.enter('#sms_code', site.codeFor(number));
  await person.arrives('/account/delete/');
  await frame('confirmed');
  await person.click('.danger');
  await person.arrives('/');
  await frame('erased');
}

/** Asks for a code for a new number, and waits for its page. */
async function atCode(person: Person, { site, newNumber }: Stages, language: Language): Promise<string> {
  const number = newNumber(language);
  await person.go(`${site.url}/`);
  await person.enter('#phone_number', number);
  await arrivesAtCode(person);
  return number;
}

/** Types, and waits for the last key: some drivers return earlier. */
async function type(person: Person, selector: string, text: string): Promise<void> {
  await person.type(selector, text);
  await holds(person, selector, text);
}

/** Waits until a field has these digits. */
async function holds(person: Person, selector: string, text: string): Promise<void> {
  const digitsIn = (value: string) => value.replace(/\D/g, '');
  await eventually(`${text} in ${selector}`, async () => digitsIn(await person.value(selector)) === digitsIn(text));
}

/** The page of the code, as soon as it tells what became of the message. */
async function arrivesAtCode(person: Person): Promise<void> {
  await person.arrives('/confirm/');
  await person.shows('html.js .lead');
}

async function enterCode(person: Person, code: string): Promise<void> {
  await person.enter('#sms_code', code);
  await person.arrives('/account/');
  await person.shows('#data');
}
