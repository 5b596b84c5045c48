/** What the runtime asks of the engine and the encoder. */
export interface Host {
  /** Renders the FlowInfo at `offset` of the memory into card `card`. */
  openCard(card: number, offset: number): void;
  /** COMMAND to the engine about a flow. */
  command(command: number, dir: number, flow: number, generation: number, value: number): void;
  /** A flow report lies at `offset`. */
  flowReport(offset: number): void;
  /** The engine's counters lie at `offset`. */
  counters(offset: number): void;
  /** The source ended; nothing follows. */
  end(): void;
  log(message: string): void;
}
