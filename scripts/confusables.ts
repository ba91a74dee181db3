// Writes src/profile/confusables.ts from Unicode's confusables.txt (UTS 39): npx tsx scripts/confusables.ts <file>
import { readFile, writeFile } from 'node:fs/promises';

const [file] = process.argv.slice(2);
if (!file) throw new Error('Name the file confusables.txt of the Unicode Security Mechanisms');
const text = await readFile(file, 'utf8');
const version = /^# Version: (\S+)$/m.exec(text)?.[1];
const fromCodes = (codes: string) =>
  codes
    .trim()
    .split(/\s+/)
    .map((code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .join('');
/** Characters that no user name holds are left out: see `isIdentifier` in src/profile/username.ts. */
const canOccur = (letter: string) =>
  /^[\p{L}\p{Nd}\p{M}\x21-\x7e]$/u.test(letter) &&
  !/\p{Default_Ignorable_Code_Point}/u.test(letter) &&
  letter.normalize('NFKC') === letter;
const hex = (letters: string) => [...letters].map((letter) => letter.codePointAt(0)!.toString(16)).join('+');

const byPrototype = new Map<string, string[]>();
for (const line of text.split('\n')) {
  const [from, to] = line.replace(/^\ufeff/, '').split(';');
  if (!from || !to || from.startsWith('#') || !canOccur(fromCodes(from))) continue;
  const prototype = hex(fromCodes(to));
  byPrototype.set(prototype, [...(byPrototype.get(prototype) ?? []), hex(fromCodes(from))]);
}
const rows = [...byPrototype].map(([prototype, letters]) => `${prototype}=${letters.join(',')}`);
const lines: string[] = [''];
for (const row of rows) {
  const last = lines.at(-1)!;
  if (last.length + row.length < 116) lines[lines.length - 1] = last === '' ? row : `${last} ${row}`;
  else lines.push(row);
}
await writeFile(
  'src/profile/confusables.ts',
  `// Made by scripts/confusables.ts from confusables.txt ${version} of the Unicode Security Mechanisms (UTS 39).
// © Unicode, Inc. Unicode License V3, https://www.unicode.org/license.txt

/** Rows of prototype and the letters that look like it, in hexadecimal code points: \`61=251,3b1,430\`. */
export const confusables = \`
${lines.join('\n')}
\`;
`,
);
