import type { BrandFile, BrandFiles } from '../brand/files.ts';
import { sendCompressed, toCompressed } from './assets.ts';
import type { Server } from './server.ts';

/** The policy of an SVG image: a logo may have a style of its own. It loads nothing and runs nothing. */
const imageSources = "default-src 'none';img-src data:;style-src 'unsafe-inline';sandbox";

/** The routes of the files that are made from the brand. */
export function brandFileRoutes(server: Server): void {
  const { files } = server.branding;
  for (const file of all(files)) {
    const caching = file.path.startsWith('/brand/') ? 'public, max-age=31536000, immutable' : 'public, max-age=86400';
    const { type, text } = file;
    const compressed = text === undefined ? undefined : toCompressed(type, Buffer.from(text));
    server.get(file.path, { schema: { hide: true } }, async (request, reply) => {
      reply.header('cache-control', caching);
      if (type === 'image/svg+xml') reply.header('content-security-policy', imageSources);
      // a preview may be shown by the web page of a messenger
      if (file === files.preview) reply.header('cross-origin-resource-policy', 'cross-origin');
      if (compressed) return sendCompressed(request, reply, compressed);
      return reply.type(type).send(await file.content());
    });
  }
}

function all(files: BrandFiles): BrandFile[] {
  const { logo, appIcons, ...single } = files;
  return [...Object.values(single), ...appIcons, ...(logo ? [logo.light, logo.dark] : [])];
}
