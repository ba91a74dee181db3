import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Server } from './server.ts';

/** The folder of static files, served under `/assets/`; the same from `src/` and from `dist/`. */
export const publicFolder = new URL('../../public/', import.meta.url);

const files = {
  css: readAsset('app.css', 'text/css; charset=utf-8'),
  js: readAsset('app.js', 'text/javascript; charset=utf-8'),
  codeJs: readAsset('code.js', 'text/javascript; charset=utf-8'),
  icon: readAsset('icon.svg', 'image/svg+xml'),
};

/** The URLs of our style, scripts and icon; each changes with its content, so that it may be cached for ever. */
export const assets = {
  css: assetUrl(files.css),
  js: assetUrl(files.js),
  codeJs: assetUrl(files.codeJs),
  icon: assetUrl(files.icon),
};

/** Mounts the files of every page. They hold no secret, so that compression reveals none (BREACH). */
export function assetRoutes(server: Server): void {
  for (const { name, type, content, compressed } of Object.values(files)) {
    server.get(`/assets/${name}`, { schema: { hide: true } }, (request, reply) => {
      reply.header('cache-control', 'public, max-age=31536000, immutable').header('vary', 'accept-encoding').type(type);
      if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers['accept-encoding'] ?? '')) {
        return reply.send(content);
      }
      return reply.header('content-encoding', 'gzip').send(compressed);
    });
  }
}

interface Asset {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
  readonly compressed: Buffer;
}

function readAsset(name: string, type: string): Asset {
  const content = readFileSync(new URL(name, publicFolder));
  return { name, type, content, compressed: gzipSync(content, { level: 9 }) };
}

function assetUrl({ name, content }: Asset): string {
  const hash = createHash('sha256').update(content);
  return `/assets/${name}?v=${hash.digest('base64url').slice(0, 8)}`;
}
