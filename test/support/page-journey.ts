import assert from 'node:assert/strict';
import type { Language } from '../../src/kit/language.ts';
import { anyNumber } from './harness.ts';
import type { Person } from './installed-browsers.ts';

/** Where a journey goes, and what it has to know of the product there. */
export interface JourneyOptions {
  /** What the browser is given. */
  readonly url: string;
  /** What the product believes to be its address. */
  readonly publicUrl: string;
  readonly runsScripts: boolean;
  codeFor(phoneNumber: string): string;
}

/** All that a person does with the pages: each form is sent, and each has to be taken. */
export async function takeJourney(
  person: Person,
  { url, publicUrl, runsScripts, codeFor }: JourneyOptions,
): Promise<void> {
  await person.go(`${url}/`);
  // what a browser asks for by itself depends on the machine
  if ((await person.text('.tongues summary')).includes('English')) await chooseLanguage(person, 'ru');
  await chooseLanguage(person, 'en');

  await person.go(`${url}/i/BCDFGH`);
  assert.equal(await person.text('h1'), 'This invite does not work');

  for (const link of ['.foot a', '.tongues [aria-current]'])
    assert.equal(await person.style(link, 'text-decoration-line'), 'underline', link);

  const number = anyNumber();
  await person.enter('#phone_number', number);
  await person.arrives('/confirm/');
  if (runsScripts) {
    await person.shows('html.js');
    await person.shows('#resend button:disabled');
  }
  assert.equal(await person.style('.links button', 'text-decoration-line'), 'underline');
  const code = codeFor(number);
  await person.enter('#sms_code', code === '000000' ? '111111' : '000000');
  await person.shows('#sms_code[aria-invalid=true]');
  assert.match(await person.text('#sms_code-error'), /code/);
  await person.enter('#sms_code', code);
  await person.arrives('/account/');

  const invite = (await person.text('.ticket-code .code')).trim();
  assert.match(invite, /^[23456789BCDFGHJKMNPQRSTVWXZ]{6}$/);
  assert.equal(await person.style('.ticket-code .code', 'white-space'), 'nowrap', 'a code is one line');
  assert.equal((await person.text('.invite-link a')).trim(), `${new URL(publicUrl).host}/i/${invite}`);
  assertKept(await person.cookies(), publicUrl.startsWith('https:'));

  await person.enter('#first_name', 'Жан-Поль');
  await person.shows('main > .notice');
  assert.equal(await person.value('#first_name'), 'Жан-Поль');

  await person.enter('#invite_code', 'BCDFGH');
  await person.shows('#invite_code[aria-invalid=true]');
  assert.equal(await person.value('#invite_code'), 'BCDFGH', 'what was typed is kept');

  await person.go(`${url}/logout/`);
  await person.click('main form button');
  await person.arrives('/');
  await person.go(`${url}/account/`);
  await person.arrives('/');
  await person.shows('html[lang=en]');
}

/** Chooses the language of the pages. */
export async function chooseLanguage(person: Person, language: Language): Promise<void> {
  await person.click('.tongues summary');
  await person.click(`.tongues button[value=${language}]`);
  await person.shows(`html[lang=${language}]`);
}

/** Over TLS a cookie is this host's alone, and goes over nothing else (RFC 6265bis). */
function assertKept(cookies: Awaited<ReturnType<Person['cookies']>>, overTls: boolean): void {
  const names = cookies.map(({ name }) => name).sort();
  const prefix = overTls ? '__Host-' : 'signin-';
  assert.ok(names.includes(`${prefix}session`), `the session is among ${names}`);
  for (const { name, secure, httpOnly, sameSite } of cookies) {
    assert.ok(name.startsWith(prefix), name);
    assert.deepEqual({ name, secure, httpOnly, sameSite }, { name, secure: overTls, httpOnly: true, sameSite: 'Lax' });
  }
}
