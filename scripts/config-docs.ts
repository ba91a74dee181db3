// Writes .env.example, the texts of each language and the tables of both READMEs from the schema of the configuration: npm run docs
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { exampleFile, providerTables, table } from '../src/config/env-docs.ts';
import { languages } from '../src/kit/language.ts';
import { ownTexts } from '../src/texts/texts.ts';

writeFileSync('.env.example', exampleFile());
for (const language of languages) {
  writeFileSync(`docs/texts/${language}.json`, `${JSON.stringify(ownTexts[language], undefined, 2)}\n`);
}
for (const [file, language] of [
  ['README.md', 'en'],
  ['README.ru.md', 'ru'],
] as const) {
  if (!existsSync(file)) continue;
  const marked = /(<!-- configuration -->\n)[\s\S]*?(\n<!-- \/configuration -->)/;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(marked, (_, open, close) => open + table(language) + close),
  );
}

const providers = 'docs/providers.md';
writeFileSync(
  providers,
  readFileSync(providers, 'utf8').replace(
    /(<!-- providers -->\n)[\s\S]*?(<!-- \/providers -->)/,
    (_, open, close) => open + providerTables() + close,
  ),
);
