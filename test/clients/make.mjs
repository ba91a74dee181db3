// Makes three clients from the OpenAPI document of a running server: node make.mjs http://127.0.0.1:8000
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createClient } from '@hey-api/openapi-ts';
import openapiTs, { astToString } from 'openapi-typescript';
import { generate } from 'orval';

const [url] = process.argv.slice(2);
process.chdir(import.meta.dirname);
await rm('made', { recursive: true, force: true });
await mkdir('made');
const document = await (await fetch(`${url}/openapi.json`)).json();
await writeFile('made/openapi.json', JSON.stringify(document));
await writeFile('made/openapi-typescript.ts', astToString(await openapiTs(document)));
await createClient({
  input: './made/openapi.json',
  output: 'made/hey-api',
  plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
  logs: { level: 'silent' },
});
await generate({
  input: './made/openapi.json',
  output: { target: 'made/orval.ts', client: 'fetch', baseUrl: { getBaseUrlFromSpecification: true } },
});
