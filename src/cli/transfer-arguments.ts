import type { Format } from '../transfer/formats/formats.ts';
import type { ExportList } from '../transfer/list.ts';

/** The arguments of an import. */
export interface ImportArguments {
  /** A file, or the URL of the database of the original service. */
  readonly source: string;
  readonly format: Format | 'django-database';
  readonly region: string | undefined;
  readonly report: string;
  readonly isTrial: boolean;
  /** Whether each new person makes an event for webhooks. */
  readonly hasEvents: boolean;
}

/** The arguments of an export of all lists. */
export interface ExportAllArguments {
  readonly folder: string;
  readonly format: 'ndjson' | 'csv';
}

/** The arguments of an export. */
export interface ExportArguments {
  readonly list: ExportList;
  readonly format: 'ndjson' | 'csv';
  /** Undefined for standard output. */
  readonly output: string | undefined;
  readonly since: Date;
  readonly until: Date;
}
