import type { Config } from '../config/config.ts';
import type { Snapshot } from '../metrics/counts.ts';
import type { InboxMessage } from '../sms/inbox.ts';

/** What the supervisor tells a worker. */
export type Order =
  /** With the address of the database and its share of the connections. */
  | { readonly kind: 'serve'; readonly config: Config }
  /** What has it counted so far? */
  | { readonly kind: 'count' }
  /** Has it told all that it did so far? */
  | { readonly kind: 'echo'; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  /** Others serve already. */
  | { readonly kind: 'leave' }
  /** Nobody serves after this. */
  | { readonly kind: 'stop' };

/** What a worker asked for: the numbers, or what the inbox holds; undefined where it could not be told. */
export type Answer = string | readonly InboxMessage[] | undefined;

/** What a worker tells the supervisor. */
export type Report =
  /** It hears orders from now on. */
  | { readonly kind: 'here' }
  | { readonly kind: 'ready'; readonly publicUrl: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** An error reached nobody in it: it serves until another takes its place. */
  | { readonly kind: 'retire' }
  | { readonly kind: 'counted'; readonly snapshot: Snapshot }
  /** It has told all that it did before this. */
  | { readonly kind: 'echo'; readonly id: number }
  /** Somebody who may wants the numbers of all, or reads the inbox, perhaps of one number. */
  | { readonly kind: 'scrape' | 'inbox'; readonly id: number; readonly to: string | undefined }
  /** It sends a message that the inbox shows. */
  | { readonly kind: 'sms'; readonly message: InboxMessage };
