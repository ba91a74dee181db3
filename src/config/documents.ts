import type { Language } from '../kit/language.ts';
import { type Variable, variables } from './variables.ts';

/** `.env.example`: every variable with its sentence, commented out, so that the file as it is changes nothing. */
export function exampleFile(): string {
  const blocks = all().map(
    ([name, variable]) =>
      `# ${variable.en.replaceAll('`', '')}\n# By default: ${defaultOf(variable, 'en').replaceAll('`', '')}\n#${name}=${variable.example}\n`,
  );
  return `# Copy to .env and change what you need. The environment wins over this file.\n\n${blocks.join('\n')}`;
}

/** The table of the README, in its language. */
export function table(language: Language): string {
  const head = { ru: ['Переменная', 'По умолчанию', 'Что это'], en: ['Variable', 'Default', 'What it is'] }[language];
  const fromFile = { ru: 'Можно из файла', en: 'Also from a file' }[language];
  const rows = all().map(([name, variable]) => [
    `\`${name}\``,
    defaultOf(variable, language),
    variable.secret ? `${variable[language]} ${fromFile}: \`${name}_FILE\`.` : variable[language],
  ]);
  return [head, ['---', '---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function all(): [string, Variable<unknown>][] {
  return Object.entries(variables);
}

function defaultOf(variable: Variable<unknown>, language: Language): string {
  if (variable.otherwise) return variable.otherwise[language];
  return `\`${variable.fallback === false ? 'off' : variable.fallback}\``;
}
