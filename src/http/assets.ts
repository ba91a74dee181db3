import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Reply, Request, Server } from './server.ts';

/** The folder of static files, served under `/assets/`; the same from `src/` and from `dist/`. */
export const publicFolder = new URL('../../public/', import.meta.url);

const files = {
  js: readAsset('app.js', 'text/javascript; charset=utf-8'),
  numberJs: readAsset('number.js', 'text/javascript; charset=utf-8'),
  codeJs: readAsset('code.js', 'text/javascript; charset=utf-8'),
  consoleJs: readAsset('console.js', 'text/javascript; charset=utf-8'),
  consoleCss: readAsset('console.css', 'text/css; charset=utf-8'),
};

/** The URLs of our scripts and of the stylesheet of the console; each changes with its content, so that it may be cached for ever. */
export const assets = {
  js: assetUrl(files.js),
  numberJs: assetUrl(files.numberJs),
  codeJs: assetUrl(files.codeJs),
  consoleJs: assetUrl(files.consoleJs),
  consoleCss: assetUrl(files.consoleCss),
};

/** A file that is sent compressed to whom accepts that. Such files hold no secret, so that none is revealed (BREACH). */
export interface Compressed {
  readonly type: string;
  readonly content: Buffer;
  readonly compressed: Buffer;
}

/** Mounts the files of every page. */
export function assetRoutes(server: Server): void {
  for (const file of Object.values(files)) {
    server.get(`/assets/${file.name}`, { schema: { hide: true } }, (request, reply) => {
      reply.header('cache-control', 'public, max-age=31536000, immutable');
      return sendCompressed(request, reply, file);
    });
  }
}

/** Compresses a file once, for all responses. */
export function toCompressed(type: string, content: Buffer): Compressed {
  return { type, content, compressed: gzipSync(content, { level: 9 }) };
}

/** Sends a file, compressed if the client accepts that. */
export function sendCompressed(request: Request, reply: Reply, { type, content, compressed }: Compressed): Reply {
  reply.header('vary', 'accept-encoding').type(type);
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers['accept-encoding'] ?? '')) {
    return reply.send(content);
  }
  return reply.header('content-encoding', 'gzip').send(compressed);
}

type Asset = Compressed & { readonly name: string };

function readAsset(name: string, type: string): Asset {
  return { name, ...toCompressed(type, readFileSync(new URL(name, publicFolder))) };
}

function assetUrl({ name, content }: Asset): string {
  const hash = createHash('sha256').update(content);
  return `/assets/${name}?v=${hash.digest('base64url').slice(0, 8)}`;
}
