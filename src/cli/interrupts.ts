/** SIGINT and SIGTERM while something has to be undone first. With nobody listening they end the process as usual. */

export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  removeListener(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

export class Interrupts {
  readonly #source: SignalSource;
  readonly #impatient: () => void;
  readonly #acts = new Set<() => void>();
  #signals = 0;

  /** `impatient` is called for the second signal and each later one. */
  constructor(source: SignalSource, impatient: () => void) {
    this.#source = source;
    this.#impatient = impatient;
  }

  /** `act` is called for the first signal. Returns how to stop listening. */
  on(act: () => void): () => void {
    if (this.#acts.size === 0) for (const signal of ['SIGINT', 'SIGTERM'] as const) this.#source.on(signal, this.#heard);
    this.#acts.add(act);
    return () => {
      this.#acts.delete(act);
      if (this.#acts.size === 0) for (const signal of ['SIGINT', 'SIGTERM'] as const) this.#source.removeListener(signal, this.#heard);
    };
  }

  readonly #heard = (): void => {
    this.#signals++;
    if (this.#signals > 1) this.#impatient();
    else for (const act of this.#acts) act();
  };
}
