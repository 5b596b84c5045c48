/**
 * Requests waiting for their responses: in order (HTTP, Redis ...) or by key (DNS id, ICMP sequence ...). Time-outs run in
 * packet time, tables are capped: the oldest is pushed out as unanswered and counted.
 */
import type { Counter } from '../../base/counters.js';
import type { EndReason } from '../../handoff/record.js';
import { type Deadlines, Waiting } from './deadlines.js';

/** LIMIT: requests one connection may have pending. */
export const MAX_PENDING = 1024;

const MANY = 4096;

export interface PairingOptions<T> {
  readonly deadlines: Deadlines;
  readonly timeoutSeconds: number;
  /**
   * The request gets no answer: timed out, pushed out by newer ones, or left at the end. `isOpen`: the capture ended, not
   * the connection; the answer may have come later.
   */
  readonly unanswered: (request: T, isOpen: boolean) => void;
  /** Counts the unanswered. */
  readonly counter: Counter;
  readonly max?: number;
}

/** A pending request. Analyzers extend it with what they must keep. */
export class Request extends Waiting {
  /** The table it waits in. */
  owner: Pending<Request> | null = null;
  key = 0;

  override expire(): void {
    this.owner?.expired(this);
  }
}

interface Pending<T extends Request> {
  expired(request: T): void;
}

/** Common ground of both tables: what happens to a request without an answer. */
abstract class Table<T extends Request> implements Pending<T> {
  protected readonly options: PairingOptions<T>;
  protected readonly max: number;
  /** Those from `first` on wait, oldest first. */
  protected readonly pending: T[] = [];
  protected first = 0;

  constructor(options: PairingOptions<T>) {
    this.options = options;
    this.max = options.max ?? MAX_PENDING;
  }

  get size(): number {
    return this.pending.length - this.first;
  }

  protected add(request: T): void {
    if (this.size >= this.max) this.crowdOut();
    request.owner = this as unknown as Pending<Request>;
    this.pending.push(request);
    this.options.deadlines.arm(request, this.options.timeoutSeconds);
  }

  protected remove(at: number): T {
    const request = at === 0 ? this.takeFirst() : this.pending.splice(this.first + at, 1)[0]!;
    this.options.deadlines.disarm(request);
    return request;
  }

  // PERF: shift() is the quickest for few, but moves the whole list from 16,000 on: 20 µs instead of 0.2.
  protected takeFirst(): T {
    if (this.first === 0 && this.pending.length < MANY) return this.pending.shift()!;
    const request = this.pending[this.first++]!;
    if (this.first * 2 >= this.pending.length) {
      this.pending.splice(0, this.first);
      this.first = 0;
    }
    return request;
  }

  expired(request: T): void {
    const at = this.pending.indexOf(request, this.first) - this.first;
    if (at === 0) this.takeFirst();
    else if (at > 0) this.pending.splice(this.first + at, 1);
    this.giveUp(request);
  }

  /** Pushes out the oldest, as unanswered. */
  evict(): void {
    if (this.size > 0) this.giveUp(this.takeFirst());
  }

  /** Makes room for newer ones: pushes out the oldest, as unanswered. */
  crowdOut(): void {
    this.evict();
  }

  /** No answers will come any more: all that is pending is unanswered. `reason`: why the flow ended. */
  flush(reason: EndReason = 'none'): void {
    const isOpen = reason === 'shutdown';
    while (this.size > 0) this.giveUp(this.takeFirst(), isOpen);
  }

  protected giveUp(request: T, isOpen = false): void {
    this.options.deadlines.disarm(request);
    this.options.counter.value++;
    this.options.unanswered(request, isOpen);
  }
}

/** First request, first response. */
export class InOrder<T extends Request> extends Table<T> {
  /** Answers still to come for requests that newer ones pushed out. */
  #owed = 0;

  override crowdOut(): void {
    if (this.size > 0) this.#owed++;
    super.crowdOut();
  }

  /** A request timed out: those pushed out before it would have as well, no answer to them is expected any more. */
  override expired(request: T): void {
    this.#owed = 0;
    super.expired(request);
  }

  override flush(reason: EndReason = 'none'): void {
    this.#owed = 0;
    super.flush(reason);
  }

  /** Whether the next answer is that of a request pushed out by newer ones; asking counts it off. */
  takeOwed(): boolean {
    if (this.#owed === 0) return false;
    this.#owed--;
    return true;
  }

  push(request: T): void {
    this.add(request);
  }

  /** The request that the next response answers. */
  shift(): T | undefined {
    return this.size > 0 ? this.remove(0) : undefined;
  }

  peek(): T | undefined {
    return this.pending[this.first];
  }

  /** The n-th oldest request, from 0. */
  at(n: number): T | undefined {
    return this.pending[this.first + n];
  }

  /** Takes out the n-th oldest; undefined past the newest. */
  removeAt(n: number): T | undefined {
    return n < this.size ? this.remove(n) : undefined;
  }

  /** The newest request. */
  last(): T | undefined {
    return this.size > 0 ? this.pending[this.pending.length - 1] : undefined;
  }
}

/**
 * By a number from the wire. A bounded scan from the newest on instead of a Map: no key of the wire's choosing is ever
 * hashed (DESIGN law 3).
 */
export class ByKey<T extends Request> extends Table<T> {
  put(key: number, request: T): void {
    request.key = key;
    this.add(request);
  }

  /** The request, which goes on waiting. */
  find(key: number): T | undefined {
    for (let i = this.pending.length - 1; i >= this.first; i--) {
      if (this.pending[i]!.key === key) return this.pending[i];
    }
    return undefined;
  }

  take(key: number): T | undefined {
    for (let i = this.pending.length - 1; i >= this.first; i--) {
      if (this.pending[i]!.key === key) return this.remove(i - this.first);
    }
    return undefined;
  }
}
