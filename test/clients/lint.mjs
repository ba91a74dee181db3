// Prints what the linters of Redocly and Stoplight find in the OpenAPI document, as a JSON array of sentences.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';

const [url] = process.argv.slice(2);
const source = await (await fetch(`${url}/openapi.json`)).text();
// The server of a test is on this machine, which is what this one rule is about.
const rules = { 'no-server-example.com': 'off' };
const config = await createConfig({ extends: ['recommended-strict'], rules });
const byRedocly = await lintFromString({ source, config, absoluteRef: 'openapi.json' });
const spectral = new spectralCore.Spectral();
spectral.setRuleset({ extends: [[oas, 'recommended']] });
const bySpectral = await spectral.run(JSON.parse(source));
const found = [
  ...byRedocly.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
  ...bySpectral.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`),
];
process.stdout.write(JSON.stringify(found));
