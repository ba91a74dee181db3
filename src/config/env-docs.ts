import { type ProviderVariable, providerVariables } from './provider-variables.ts';
import type { Variable } from './variable.ts';
import { variables } from './variables.ts';

/** A language of the documents for operators. */
type DocsLanguage = 'ru' | 'en';

/** `.env.example`: every variable with its sentence, commented out, so that the file as it is changes nothing. */
export function exampleFile(): string {
  const blocks = all().map(
    ([name, variable]) =>
      `# ${variable.en.replaceAll('`', '')}\n# By default: ${defaultOf(variable, 'en').replaceAll('`', '')}\n#${name}=${variable.example}\n`,
  );
  const providers = Object.entries(providerVariables).flatMap(([provider, settings]) =>
    Object.entries<ProviderVariable<unknown>>(settings).map(
      ([name, { en, example }]) => `# ${provider}: ${en.replaceAll('`', '')}\n#${name}=${example}\n`,
    ),
  );
  return `# Copy to .env and change what you need. The environment wins over this file.\n\n${[...blocks, ...providers].join('\n')}`;
}

/** The table of the README, in its language. */
export function table(language: DocsLanguage): string {
  const head = { ru: ['Переменная', 'По умолчанию', 'Что это'], en: ['Variable', 'Default', 'What it is'] }[language];
  const fromFile = { ru: 'Можно из файла', en: 'Also from a file' }[language];
  const rows = all().map(([name, variable]) => [
    `\`${name}\``,
    defaultOf(variable, language),
    variable.secret ? `${variable[language]} ${fromFile}: \`${name}_FILE\`.` : variable[language],
  ]);
  return [head, ['---', '---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The tables of `docs/providers.md`, one a provider. */
export function providerTables(): string {
  return Object.entries(providerVariables)
    .map(([provider, settings]) => {
      const rows = Object.entries<ProviderVariable<unknown>>(settings).map(
        ([name, { en, default: fallback, required: isRequired, secret }]) =>
          `| \`${name}\` | ${isRequired ? 'needed' : fallback === undefined ? 'none' : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``} | ${en}${secret ? ` Also from a file: \`${name}_FILE\`.` : ''} |`,
      );
      const body =
        rows.length === 0
          ? 'It needs none.'
          : `| Variable | Default | What it is |\n| --- | --- | --- |\n${rows.join('\n')}`;
      return `### ${provider}\n\n${body}\n`;
    })
    .join('\n');
}

function all(): [string, Variable<unknown>][] {
  return Object.entries(variables);
}

function defaultOf(variable: Variable<unknown>, language: DocsLanguage): string {
  if (variable.defaultDescription) return variable.defaultDescription[language];
  if (variable.default === undefined) return { ru: 'нет', en: 'none' }[language];
  return `\`${variable.default === false ? 'off' : variable.default}\``;
}
