import { describe, expect, it } from 'vitest';
import { Deadlines, Waiting } from './deadlines.js';

class Item extends Waiting {
  readonly #name: string;
  readonly #log: string[];

  constructor(name: string, log: string[]) {
    super();
    this.#name = name;
    this.#log = log;
  }

  override expire(): void {
    this.#log.push(this.#name);
  }
}

describe('deadlines', () => {
  it('expire in order of arming, when they are due', () => {
    const log: string[] = [];
    const deadlines = new Deadlines();
    for (const name of ['a', 'b']) {
      deadlines.arm(new Item(name, log), 3);
      deadlines.advance(deadlines.now + 1);
    }
    deadlines.advance(4);
    expect(log).toEqual(['a']);
    deadlines.advance(5);
    expect(log).toEqual(['a', 'b']);
    expect(deadlines.size).toBe(0);
  });

  it('wait no less than they say, wherever in a second they were armed', () => {
    const log: string[] = [];
    const deadlines = new Deadlines();
    deadlines.advance(22);
    deadlines.arm(new Item('a', log), 1);
    deadlines.advance(23);
    expect(log).toEqual([]);
    deadlines.advance(24);
    expect(log).toEqual(['a']);
  });

  it('let a short time-out pass a long one that was armed before', () => {
    const log: string[] = [];
    const deadlines = new Deadlines();
    deadlines.arm(new Item('long', log), 10);
    deadlines.arm(new Item('short', log), 0.2);
    const disarmed = new Item('disarmed', log);
    deadlines.arm(disarmed, 10);
    deadlines.advance(2);
    expect(log).toEqual(['short']);
    deadlines.disarm(disarmed);
    deadlines.advance(11);
    expect(log).toEqual(['short', 'long']);
  });
});
