// Writes the table of known failures into SECURITY.md: npm run docs
import { readFileSync, writeFileSync } from 'node:fs';
import { readFailures, withTable } from '../test/known-failures/failures.ts';

writeFileSync('SECURITY.md', withTable(readFileSync('SECURITY.md', 'utf8'), await readFailures()));
