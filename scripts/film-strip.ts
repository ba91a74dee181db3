/**
 * `npm run film`: takes each journey of signing in through the installed browsers, and puts its frames onto contact sheets
 * in `films/`. A word narrows the run: the name of a browser, a width, a scheme, a language or a journey.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Language } from '../src/kit/language.ts';
import { browsers, type Installed, type Look, type Running } from '../test/support/installed-browsers.ts';
import { chooseLanguage } from '../test/support/page-journey.ts';
import { journeys } from './film/journeys.ts';
import { type Frame, writeSheet } from './film/sheet.ts';
import { openStages, type Stages } from './film/stages.ts';

const locales = { en: 'en-GB', ru: 'ru-RU', de: 'de-DE' } as const;
const all = {
  browsers: browsers.map(({ name }) => name),
  widths: ['390', '1280'],
  schemes: ['light', 'dark'] as const,
  languages: ['en', 'ru', 'de'] as const,
  journeys: Object.keys(journeys),
};
const words = process.argv.slice(2).map((word) => word.toLowerCase());
const unknown = words.filter(
  (word) =>
    !Object.values(all)
      .flat()
      .some((value) => value.toLowerCase() === word),
);
if (unknown.length > 0)
  throw new Error(`unknown: ${unknown.join(', ')}; known: ${Object.values(all).flat().join(', ')}`);
const folder = 'films';

for (const browser of browsers.filter(({ name }) => wanted(all.browsers).includes(name))) {
  test(browser.name, { skip: browser.missing }, () => filmBrowser(browser));
}

/** The values that the words name; all of them if the words name none. */
function wanted<T extends string>(values: readonly T[]): readonly T[] {
  const named = values.filter((value) => words.includes(value.toLowerCase()));
  return named.length > 0 ? named : values;
}

async function filmBrowser(browser: Installed): Promise<void> {
  const stages = await openStages();
  for (const scheme of wanted(all.schemes)) {
    for (const language of wanted(all.languages)) {
      const look: Look = { scheme, locale: locales[language] };
      const running = await browser.open(look);
      try {
        for (const width of wanted(all.widths)) {
          await filmLook(running, stages, { name: `${browser.name}-${width}-${scheme}-${language}`, width, language });
        }
      } finally {
        await running.close();
      }
    }
  }
}

interface Set {
  readonly name: string;
  readonly width: string;
  readonly language: Language;
}

/** The strip of each journey in one look; two journeys together are small enough for a screen. */
async function filmLook(running: Running, stages: Stages, { name, width, language }: Set): Promise<void> {
  const sizes = width === '390' ? phone : desk;
  const frames: Frame[] = [];
  for (const [at, journey] of wanted(all.journeys).entries()) {
    const taken = await filmJourney(running, stages, { name: join(name, journey), width, language });
    await writeSheet(join(folder, name, `${journey}.png`), `${journey} · ${name}`, taken, sizes.strip);
    frames.push(...taken.map(({ file, label }) => ({ file, label: `${journey}: ${label}` })));
    if (at % 2 === 0 && at + 1 < wanted(all.journeys).length) continue;
    await writeSheet(join(folder, `${name}-${Math.ceil((at + 1) / 2)}.png`), name, frames.splice(0), sizes.pair);
  }
}

const phone = {
  strip: { width: 390, height: 2400, columns: 10 },
  pair: { width: 215, height: 440, columns: 6 },
};
const desk = {
  strip: { width: 960, height: 1400, columns: 10 },
  pair: { width: 384, height: 300, columns: 4 },
};

async function filmJourney(running: Running, stages: Stages, { name, width, language }: Set): Promise<Frame[]> {
  await mkdir(join(folder, name), { recursive: true });
  const { url } = stages.site;
  const person = await running.visit(url, { width: Number(width) });
  await person.go(url);
  await chooseLanguage(person, language);
  const frames: Frame[] = [];
  const frame = async (label: string): Promise<void> => {
    const file = join(folder, name, `${frames.length + 1}.png`);
    await writeFile(file, await person.picture());
    frames.push({ file, label });
  };
  await journeys[name.split('/').at(-1) ?? '']?.({ person, language, stages, frame });
  await person.leave();
  return frames;
}
