import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../kit/caught.ts';
import { type Language, languages } from '../kit/language.ts';
import { type OperatorTexts, overrideTexts } from '../texts/override.ts';
import { type ReadFile, textOf } from './variable-values.ts';

/** The names of the files in a folder; throws if it cannot be read. */
export type ReadFolder = (path: string) => readonly string[];

/** Reads the texts of an operator, one JSON file a language; adds their problems. */
export function readTexts(
  folder: string | undefined,
  { readFile, readFolder = readdirSync }: { readFile: ReadFile; readFolder?: ReadFolder | undefined },
  problems: string[],
): OperatorTexts {
  if (folder === undefined) return {};
  const texts: Partial<Record<Language, unknown>> = {};
  for (const name of namesIn(folder, readFolder, problems)) {
    const language = languages.find((known) => name === `${known}.json`);
    if (language) texts[language] = readLanguage(language, join(folder, name), readFile, problems);
    else if (name.endsWith('.json'))
      problems.push(`TEXTS_DIR holds ${name}, which is no language of ours: ${languages.join(', ')}. Example: en.json`);
  }
  return texts;
}

function namesIn(folder: string, readFolder: ReadFolder, problems: string[]): readonly string[] {
  try {
    return readFolder(folder).toSorted();
  } catch (error) {
    problems.push(
      `TEXTS_DIR names a folder that cannot be read: ${folder} (${errorMessage(error)}). Example: TEXTS_DIR=/etc/vouch/texts`,
    );
    return [];
  }
}

function readLanguage(language: Language, file: string, readFile: ReadFile, problems: string[]): unknown {
  const read = textOf(file, readFile);
  const parsed = 'reason' in read ? read : parseJson(read.text);
  if ('reason' in parsed) {
    problems.push(`TEXTS_DIR: ${file} cannot be read (${parsed.reason}). Example: {"signIn":{"phoneTitle":"Hello"}}`);
    return undefined;
  }
  const overridden = overrideTexts(language, parsed.value);
  problems.push(...overridden.problems.map((problem) => `TEXTS_DIR: ${language}.json: ${problem}`));
  return parsed.value;
}

function parseJson(text: string): { readonly value: unknown } | { readonly reason: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { reason: errorMessage(error) };
  }
}
