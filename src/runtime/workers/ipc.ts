import type { Config } from '../../config/config.ts';
import type { Snapshot } from '../../metrics/registry.ts';
import type { InboxMessage } from '../../sms/inbox.ts';

/** A command of the supervisor to a worker. */
export type Command =
  /** The configuration has the connection string of the database and the worker's share of the connections. */
  | { readonly kind: 'serve'; readonly config: Config }
  /** Asks for the snapshot of its metrics. */
  | { readonly kind: 'count' }
  /** Asks for a reply after all earlier messages. */
  | { readonly kind: 'echo'; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: RequestResult }
  /** Other processes serve already. */
  | { readonly kind: 'drain' }
  /** No process serves after this. */
  | { readonly kind: 'stop' };

/** The reply to a worker: the metrics, or the content of the inbox; undefined if that failed. */
export type RequestResult = string | readonly InboxMessage[] | undefined;

/** An event of a worker for the supervisor. */
export type WorkerEvent =
  /** It receives commands from now on. */
  | { readonly kind: 'online' }
  | { readonly kind: 'ready'; readonly publicUrl: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** It has had an uncaught error, and serves until another worker replaces it. */
  | { readonly kind: 'retire' }
  | { readonly kind: 'counted'; readonly snapshot: Snapshot }
  /** All its earlier messages precede this reply. */
  | { readonly kind: 'echo'; readonly id: number }
  /** An authorized client scrapes the metrics of all, or reads the inbox, perhaps of one number. */
  | { readonly kind: 'scrape' | 'inbox'; readonly id: number; readonly to: string | undefined }
  /** It sends a message that the inbox shows. */
  | { readonly kind: 'sms'; readonly message: InboxMessage };
