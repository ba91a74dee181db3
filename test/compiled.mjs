/**
 * Lets Node.js import TypeScript: as `scripts/test.ts` compiled it, once for all processes of a run, or by tsx where a test
 * runs by itself. In each of some hundred processes tsx takes a second of processor time.
 */
import { register } from 'node:module';

if (process.env.COMPILED_TESTS === undefined) await import('tsx');
else register('./compiled-hooks.mjs', import.meta.url);
