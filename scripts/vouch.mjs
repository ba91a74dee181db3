#!/usr/bin/env node
// The operator's command line: what main.js does with words behind it. Without any it says what there is.
if (process.argv.length < 3) process.argv.push('--help');
await import('./start.mjs');
