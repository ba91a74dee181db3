import { editDistance } from '../kit/edit-distance.ts';
import { type InEachLanguage, type Language, languages } from '../kit/language.ts';
import { isRecord } from '../kit/record.ts';
import { ownTexts, type Texts } from './texts.ts';

/** The texts of a language with those of an operator in their place, and the problems of the latter. */
export interface Overridden {
  readonly texts: Texts;
  /** Each begins with the path of its text. */
  readonly problems: readonly string[];
}

/** The texts of an operator by language, as their files have them. */
export type OperatorTexts = Readonly<Partial<Record<Language, unknown>>>;

/** All texts, with those of an operator in the place of ours. */
export function allTexts(operator: OperatorTexts): InEachLanguage<Texts> {
  const texts = { ...ownTexts };
  for (const language of languages)
    if (operator[language] !== undefined) texts[language] = overrideTexts(language, operator[language]).texts;
  return texts;
}

type Node = string | readonly string[] | { readonly [key: string]: Node };

/** Puts the texts of an operator in the place of ours; texts that it does not have stay. */
export function overrideTexts(language: Language, input: unknown): Overridden {
  const own: Node = ownTexts[language];
  const problems: string[] = [];
  const merged = merge(own, input, { path: '', language, problems });
  // the result has the form of our own texts: `merge` takes nothing else
  return { texts: merged as unknown as Texts, problems };
}

interface Place {
  readonly path: string;
  readonly language: Language;
  readonly problems: string[];
}

function merge(own: Node, input: unknown, place: Place): Node {
  if (typeof own === 'string') return mergeText(own, input, place);
  if (isList(own)) return mergeList(own, input, place);
  if (!isRecord(input) || Array.isArray(input)) return refuse(own, place, 'has to be an object');
  const isPlural = typeof own.other === 'string';
  if (isPlural) checkForms(own, input, place);
  const result: Record<string, Node> = { ...own };
  for (const [key, value] of Object.entries(input)) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const before = Object.hasOwn(own, key) ? own[key] : undefined;
    if (before === undefined) refuse(own, { ...place, path }, `is no text of ours${nearest(key, own, place.path)}`);
    else result[key] = merge(before, value, { ...place, path });
  }
  return result;
}

/** A plural that lacks a form of its language would mix two wordings. */
function checkForms(own: object, input: object, place: Place): void {
  const missing = Object.keys(own).filter((form) => !Object.hasOwn(input, form));
  if (missing.length > 0) refuse('', place, `lacks the plural form ${missing.join(', ')} of ${place.language}`);
}

function mergeText(own: string, input: unknown, place: Place): Node {
  if (typeof input !== 'string' || input.trim() === '') return refuse(own, place, 'has to be a text');
  const control = /\p{Cc}/u.test(input);
  if (control) return refuse(own, place, 'holds a control character, such as a line end');
  const [wanted, found] = [placeholdersIn(own), placeholdersIn(input)];
  const unknown = found.filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !found.includes(name));
  if (unknown.length > 0) return refuse(own, place, `has the placeholder ${unknown.join(', ')}, which has no value`);
  if (missing.length > 0) return refuse(own, place, `lacks the placeholder ${missing.join(', ')}`);
  return input;
}

function mergeList(own: readonly string[], input: unknown, place: Place): Node {
  const [model = ''] = own;
  if (!Array.isArray(input) || input.length === 0) return refuse(own, place, 'has to be a list of texts');
  return input.map((text, index) => String(mergeText(model, text, { ...place, path: `${place.path}.${index}` })));
}

function refuse(own: Node, { path, problems }: Place, problem: string): Node {
  problems.push(`${path === '' ? 'the file' : path} ${problem}`);
  return own;
}

function nearest(key: string, own: object, path: string): string {
  const [best] = Object.keys(own).sort((a, b) => editDistance(key, a) - editDistance(key, b));
  return best === undefined ? '' : `. The nearest is ${path === '' ? best : `${path}.${best}`}`;
}

function placeholdersIn(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g))];
}

function isList(node: Node): node is readonly string[] {
  return Array.isArray(node);
}
