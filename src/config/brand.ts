import { type Brand, defaultBrand } from '../brand/brand.ts';
import { type Logo, parseLogo } from '../brand/logo.ts';
import { errorMessage } from '../kit/caught.ts';
import { type InEachLanguage, languages } from '../kit/language.ts';
import { codeMessage, fitsOneSegment } from '../sms/code-message.ts';
import { ownTexts, type Texts } from '../texts/texts.ts';
import { brandVariables } from './brand-variables.ts';
import type { ReadFile } from './variable-values.ts';
import type { ParsedValues } from './variables.ts';

/** Builds the identity of the operator; adds the problems of its variables. */
export function readBrand(
  values: ParsedValues,
  texts: InEachLanguage<Texts>,
  readFile: ReadFile,
  problems: string[],
): Brand {
  const light = readLogo('BRAND_LOGO', values.BRAND_LOGO, readFile, problems);
  const dark = readLogo('BRAND_LOGO_DARK', values.BRAND_LOGO_DARK, readFile, problems) ?? light;
  problems.push(...withoutName(values), ...withoutLight(values), ...tooLongForSms(values, texts));
  return {
    name: values.BRAND_NAME ?? defaultBrand.name,
    color: values.BRAND_COLOR ?? defaultBrand.color,
    logo: light && dark && { light, dark },
    links: {
      home: values.BRAND_URL,
      terms: values.BRAND_TERMS_URL,
      privacy: values.BRAND_PRIVACY_URL,
      support: values.BRAND_SUPPORT_URL,
    },
    isOwn: values.BRAND_NAME !== undefined,
  };
}

type LogoName = 'BRAND_LOGO' | 'BRAND_LOGO_DARK';

function readLogo(name: LogoName, file: string | undefined, readFile: ReadFile, problems: string[]): Logo | undefined {
  if (file === undefined) return undefined;
  const example = `Example: ${name}=${brandVariables[name].example}`;
  let content: string | Buffer;
  try {
    content = readFile(file);
  } catch (error) {
    problems.push(`${name} names a file that cannot be read: ${file} (${errorMessage(error)}). ${example}`);
    return undefined;
  }
  const logo = parseLogo(Buffer.from(content));
  if (!('reason' in logo)) return logo;
  problems.push(`${name} names a file that cannot be a logo: ${file} (${logo.reason}). ${example}`);
  return undefined;
}

/** A page in the colours of a company that goes by the name of the product would be a mistake. */
function withoutName(values: ParsedValues): string[] {
  const names = Object.keys(brandVariables).filter(isBrandName);
  const [first] = names.filter((name) => values[name] !== undefined);
  if (values.BRAND_NAME !== undefined || first === undefined) return [];
  return [`BRAND_NAME is needed with ${first}. Example: BRAND_NAME=${brandVariables.BRAND_NAME.example}`];
}

function isBrandName(name: string): name is keyof typeof brandVariables {
  return name.startsWith('BRAND_');
}

function withoutLight({ BRAND_LOGO, BRAND_LOGO_DARK }: ParsedValues): string[] {
  if (BRAND_LOGO !== undefined || BRAND_LOGO_DARK === undefined) return [];
  return [`BRAND_LOGO is needed with BRAND_LOGO_DARK. Example: BRAND_LOGO=${brandVariables.BRAND_LOGO.example}`];
}

/** A longer message costs twice as much. Codes have eight digits at times: `SPRAY_LIMIT`. */
function tooLongForSms(values: ParsedValues, texts: InEachLanguage<Texts>): string[] {
  const { BRAND_NAME: brand, ANDROID_APP_HASH: appHash, PUBLIC_URL } = values;
  const host = new URL(PUBLIC_URL ?? 'http://localhost').hostname;
  const fits = (name: string | undefined, hash = appHash, inUse = texts) =>
    languages.every((language) => {
      const sentences = inUse[language].message;
      return fitsOneSegment(codeMessage({ language, code: '00000000', host, brand: name, appHash: hash, sentences }));
    });
  if (fits(brand)) return [];
  if (fits(brand, appHash, ownTexts)) {
    return [
      `TEXTS_DIR has an SMS that does not fit into one segment with the host ${host}. End the list with a shorter text. Example: {code}`,
    ];
  }
  if (brand === undefined) {
    const isDue = appHash !== undefined && fits(undefined, '');
    return isDue ? [`ANDROID_APP_HASH does not fit into one SMS with the host ${host}. Take a shorter host`] : [];
  }
  let max = brand.length - 1;
  while (max > 0 && !fits(brand.slice(0, max))) max -= 1;
  return [
    `BRAND_NAME does not fit into one SMS with the host ${host}: at most ${max} characters do. Example: BRAND_NAME=${brandVariables.BRAND_NAME.example}`,
  ];
}
