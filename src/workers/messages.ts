import type { Config } from '../config/config.ts';
import type { Snapshot } from '../metrics/counts.ts';
import type { InboxMessage } from '../sms/inbox.ts';

/** What the supervisor tells a worker. */
export type Order =
  /** With the address of the database and its share of the connections, and what the development inbox holds. */
  | { readonly kind: 'serve'; readonly config: Config; readonly messages: readonly InboxMessage[] }
  | { readonly kind: 'sms'; readonly message: InboxMessage }
  /** What has it counted so far? */
  | { readonly kind: 'count' }
  /** The numbers of all, as it asked; undefined where they could not be told. */
  | { readonly kind: 'numbers'; readonly id: number; readonly text: string | undefined }
  /** Others serve already. */
  | { readonly kind: 'leave' }
  /** Nobody serves after this. */
  | { readonly kind: 'stop' };

/** What a worker tells the supervisor. */
export type Report =
  /** It hears orders from now on. */
  | { readonly kind: 'here' }
  | { readonly kind: 'ready'; readonly publicUrl: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'counted'; readonly snapshot: Snapshot }
  /** Somebody who may wants the numbers of all. */
  | { readonly kind: 'scrape'; readonly id: number }
  | { readonly kind: 'sms'; readonly message: InboxMessage };
