// Bundles the app and serves it at http://127.0.0.1:3000: VOUCH_URL=http://127.0.0.1:8000 node serve.mjs
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { VOUCH_URL = 'http://127.0.0.1:8000', PORT = '3000' } = process.env;
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('app.jsx', import.meta.url))],
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'react',
  // this repository has another JSX for its own pages
  tsconfigRaw: '{}',
  define: { 'process.env.NODE_ENV': '"production"' },
});
const page = `<!doctype html><html lang="en" data-vouch="${VOUCH_URL}"><meta charset="utf-8"><title>App</title>
<div id="app"></div><script type="module" src="/app.js"></script></html>`;
const csp = `default-src 'self'; connect-src 'self' ${VOUCH_URL}`;

const server = createServer(({ url }, response) => {
  const isScript = url === '/app.js';
  response.setHeader('content-security-policy', csp);
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
  response.end(isScript ? outputFiles[0].text : page);
});
server.listen(Number(PORT), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
