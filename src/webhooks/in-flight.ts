/** The attempts in progress, by their receiver. */
export class InFlight {
  readonly #counts = new Map<string, number>();
  readonly #maxOfReceiver: number;
  total = 0;

  /** A receiver with so many attempts in progress counts as busy, so that a slow one leaves room for others. */
  constructor(maxOfReceiver: number) {
    this.#maxOfReceiver = maxOfReceiver;
  }

  add(receiver: string, change: number): void {
    this.total += change;
    const count = (this.#counts.get(receiver) ?? 0) + change;
    if (count > 0) this.#counts.set(receiver, count);
    else this.#counts.delete(receiver);
  }

  /** The receivers that have no room for another attempt. */
  busy(): string[] {
    return [...this.#counts].filter(([, count]) => count >= this.#maxOfReceiver).map(([receiver]) => receiver);
  }
}
