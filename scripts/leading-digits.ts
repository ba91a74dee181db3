// Writes src/kit/leading-digits.ts from the metadata of libphonenumber-js: npx tsx scripts/leading-digits.ts
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isMainCountry } from '../src/kit/numbering-plans.ts';

type NumberType = readonly [pattern: string, lengths?: readonly number[]] | 0;
/** The fields of a country by their place in the metadata. */
const field = { lengths: 3, leadingDigits: 10, types: 11 } as const;
const file = createRequire(import.meta.url).resolve('libphonenumber-js/metadata.max.json');
const metadata = JSON.parse(await readFile(file, 'utf8')) as {
  countries: Record<string, readonly unknown[]>;
  country_calling_codes: Record<string, string[]>;
};

/** The first types are landlines and mobiles. The others, such as toll-free numbers, are no numbers of people. */
const typesOfPeople = 2;
/** No plan needs more leading digits than this to tell its countries apart. */
const maxDepth = 5;
/** A prefix of this length may have numbers that nobody uses. */
const minDepth = 3;
const digits = [...'0123456789'];
const endings = digits.flatMap((digit, at) => [digit.repeat(12), '012345678901234567890'.slice(at, at + 12)]);

/** The country of a national number, found as the library finds it; undefined if the number is not in use. */
function countryFinder(countries: readonly string[]): (number: string) => string | undefined {
  const plans = countries.map((country) => {
    const plan = metadata.countries[country]!;
    const types = (plan[field.types] as NumberType[]).slice(0, typesOfPeople).flatMap((type) => (type ? [type] : []));
    return {
      country,
      leading: plan[field.leadingDigits] ? new RegExp(`^(?:${plan[field.leadingDigits]})`) : undefined,
      isUsed: new RegExp(`^(?:${types.flatMap(([pattern]) => pattern || []).join('|')})$`),
    };
  });
  return (number) => {
    for (const { country, leading, isUsed } of plans) {
      if (leading?.test(number)) return isUsed.test(number) ? country : undefined;
      if (!leading && isUsed.test(number)) return country;
    }
    return undefined;
  };
}

function leadingDigitsOf(callingCode: string, countries: readonly string[]): Map<string, string[]> {
  const find = countryFinder(countries);
  const lengths = [...new Set(countries.flatMap((country) => metadata.countries[country]![field.lengths] as number[]))];
  const owners = new Map<string, Set<string>>();
  const visit = (prefix: string): Set<string> => {
    const found = new Set([lengths.includes(prefix.length) ? find(prefix) : undefined].flatMap((own) => own ?? []));
    if (prefix.length < maxDepth) for (const digit of digits) for (const one of visit(prefix + digit)) found.add(one);
    else
      for (const length of lengths.filter((one) => one >= maxDepth))
        for (const ending of endings) {
          const country = find((prefix + ending).slice(0, length));
          if (country) found.add(country);
        }
    owners.set(prefix, found);
    return found;
  };
  visit('');
  const prefixes = new Map<string, string[]>(countries.map((country) => [country, []]));
  const emit = (prefix: string): void => {
    const [owner, other] = owners.get(prefix) ?? [];
    if (!owner || (!other && isMainCountry(owner, callingCode))) return;
    const isWhole = prefix.length >= minDepth || digits.every((digit) => owners.get(prefix + digit)?.size);
    if (!other && isWhole) prefixes.get(owner)!.push(prefix);
    else if (prefix.length < maxDepth) for (const digit of digits) emit(prefix + digit);
  };
  emit('');
  return prefixes;
}

const rows: string[] = [];
for (const [callingCode, countries] of Object.entries(metadata.country_calling_codes)) {
  if (countries.length < 2) continue;
  for (const [country, prefixes] of leadingDigitsOf(callingCode, countries))
    rows.push(`  ${country}: '${prefixes.join(' ')}',`);
}
const lines = rows.sort().map((row) => (row.length <= 120 ? row : row.replace(/^( {2}\w\w:) /, '$1\n    ')));
await writeFile(
  'src/kit/leading-digits.ts',
  `// Made by scripts/leading-digits.ts from the metadata of libphonenumber-js.

/**
 * The digits by which a number belongs to a country that shares its calling code with others: the first ones of its
 * national form. The main country of a calling code has none: it has the other numbers.
 */
export const leadingDigits: Readonly<Record<string, string>> = {
${lines.join('\n')}
};
`,
);
