import { readFile } from 'node:fs/promises';

const root = new URL('..', import.meta.url).href;
const compiled = process.env.COMPILED_TESTS;

/** Loads what was compiled of a source of ours, under the address of the source. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith(root) || !/\.tsx?$/.test(url)) return nextLoad(url, context);
  const made = new URL(url.slice(root.length).replace(/\.tsx?$/, '.js'), compiled);
  return { format: 'module', shortCircuit: true, source: await readFile(made) };
}
