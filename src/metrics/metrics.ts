/** How a try to send a message ended; `dropped`: it was not sent, on purpose. */
export type Result = 'accepted' | 'rejected' | 'refused' | 'throttled' | 'unavailable' | 'unknown' | 'dropped';

/** What a message is counted by: nothing that leads to a person. */
export interface Counted {
  /** ISO 3166-1 alpha-2; anything else counts as `other`. */
  readonly country: string;
  readonly channel: string;
  readonly provider: string;
}

/** A request that was answered; the route as it is mounted, undefined where there is none. */
export interface Answered {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Hears of what is counted; it takes microseconds and never throws. */
export interface Metrics {
  /** A try to send a message has ended. */
  delivered(message: Counted, result: Result): void;
  /** A provider accepted a message at this price, in millionths of a currency. */
  spent(message: Counted, price: bigint, currency: string): void;
  /** A provider told something new of a message, so many seconds after it was begun. */
  receipt(provider: string, state: 'delivered' | 'failed', seconds: number | null): void;
  /** A sign-in was completed with a message, so many seconds after it was begun. */
  completed(message: Counted, seconds: number | null): void;
  /** A code of a test number was asked for. */
  testNumberAsked(result: 'taken' | 'refused'): void;
  /** A number was refused; `country` is its ISO code or, without one, its calling code, where the country is the reason. */
  numberRefused(code: string, country: string | undefined): void;
  /** A message was refused because the maximum of the day is reached; `scope` is its unit and country. */
  dailyMaxReached(scope: string): void;
  /** Somebody signed in. */
  signedIn(person: 'new' | 'known', isTestNumber: boolean): void;
  /** A request was answered. */
  answered(request: Answered): void;
  /** A request was refused for lack of time. */
  refused(): void;
}

/** Counts nothing. */
export const silentMetrics: Metrics = {
  delivered: () => {},
  spent: () => {},
  receipt: () => {},
  completed: () => {},
  testNumberAsked: () => {},
  numberRefused: () => {},
  dailyMaxReached: () => {},
  signedIn: () => {},
  answered: () => {},
  refused: () => {},
};
