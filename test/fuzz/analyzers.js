/**
 * Fuzzes every analyzer: random and mutated messages, cut into chunks, directions flipped, gaps and ends between them.
 *   node test/fuzz/analyzers.js [seconds] [seed]
 * A throw, an input over 50 ms, or a row that is never given back is a finding: printed with its seed, exit status 1.
 */

import { buildCatalogue } from '../../dist/app/catalogue.js';
import { Counters } from '../../dist/base/counters.js';
import { defaultsOf } from '../../dist/base/options.js';
import { Rows } from '../../dist/events/rows.js';
import { INFO, KIND, RECORD_WORDS } from '../../dist/handoff/record.js';
import { analyzers } from '../../dist/protocols/registry.js';
import { Runtime } from '../../dist/protocols/runtime.js';

const MAX_MS = 50;
const seconds = Number(process.argv[2] ?? 10);
const firstSeed = Number(process.argv[3] ?? 1);
const memory = new Uint8Array(1 << 20);
buildCatalogue();

/** Messages to start from, by protocol. */
const SEEDS = new Map();
for (const { name } of analyzers) SEEDS.set(name, (await import(`./seeds/${name}.js`)).seeds);

class Fuzz {
  constructor(analyzer, seed) {
    this.state = seed;
    this.analyzer = analyzer;
    this.failures = [];
    this.rows = new Rows(memory, () => {});
    this.runtime = new Runtime({
      uses: [
        {
          analyzer,
          options: { ...defaultsOf(analyzer.options), ...this.options() },
          ports: [4242],
          statics: 0,
        },
      ],
      rows: this.rows,
      counters: new Counters(),
      detect: true,
      host: {
        openCard() {},
        command() {},
        flowReport() {},
        counters() {},
        end() {},
        log: (text) => this.failures.push(text),
      },
    });
    this.offsets = [0, 0];
    this.time = 1_000_000;
  }

  /** Every second run has all flags on. */
  options() {
    if (this.below(2)) return {};
    const flags = Object.entries(this.analyzer.options).filter(([, o]) => o.kind === 'flag');
    return Object.fromEntries(flags.map(([name]) => [name, true]));
  }

  below(n) {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 4294967296) * n);
  }

  record(kind, dir, flags, length) {
    const words = new Uint32Array(RECORD_WORDS);
    words.set([1, 1, kind | (dir << 8) | (flags << 16), 4096, length, this.time, 0, this.offsets[dir] >>> 0]);
    this.runtime.handle(words, 0, 1);
    this.rows.settle();
    this.runtime.settled();
  }

  open(transport) {
    const info = memory.subarray(4096, 4096 + INFO.size);
    info.fill(0);
    info[INFO.transport] = transport;
    info[INFO.ipVersion] = this.below(2) ? 4 : 6;
    info[INFO.claim] = this.below(3);
    info[INFO.destinationPort] = 4242 & 255;
    info[INFO.destinationPort + 1] = 4242 >> 8;
    info.copyWithin(INFO.sourcePort, INFO.destinationPort, INFO.destinationPort + 2);
    this.offsets = [0, 0];
    this.record(KIND.flowOpen, 0, 0, INFO.size);
  }

  message() {
    const seeds = SEEDS.get(this.analyzer.name);
    const parts = [];
    for (let n = 1 + this.below(4); n > 0; n--)
      parts.push(Buffer.from(seeds[this.below(seeds.length)], 'latin1'));
    const bytes = Buffer.concat(parts);
    for (let n = this.below(6); n > 0 && bytes.length > 0; n--)
      bytes[this.below(bytes.length)] = this.below(256);
    if (this.below(8) === 0) for (let i = 0; i < bytes.length; i++) bytes[i] = this.below(256);
    return this.below(6) === 0 ? bytes.subarray(0, this.below(bytes.length + 1)) : bytes;
  }

  send(bytes, dir, transport) {
    for (let at = 0; at < bytes.length; ) {
      const length = transport === 1 ? Math.min(bytes.length - at, 1 + this.below(60)) : bytes.length;
      memory.set(bytes.subarray(at, at + length), 4096);
      this.record(transport === 1 ? KIND.data : KIND.datagram, dir, 0, length);
      this.offsets[dir] += length;
      at += length;
    }
  }

  run() {
    const transports = { tcp: 1, udp: 2, icmp: 3 };
    const transport = transports[this.analyzer.transports[this.below(this.analyzer.transports.length)]];
    this.open(transport);
    for (let n = 1 + this.below(8); n > 0; n--) {
      this.send(this.message(), this.below(2), transport);
      if (this.below(12) === 0) this.record(KIND.gap, this.below(2), 0, 1 + this.below(2000));
      if (this.below(6) === 0) this.time += this.below(20);
    }
    this.record(KIND.flowEnd, 0, 1 + this.below(6), 0);
    if (this.rows.open !== 0) this.failures.push(`${this.rows.open} rows were never given back`);
  }
}

let failed = false;
for (const analyzer of analyzers) {
  const until = performance.now() + (seconds * 1000) / analyzers.length;
  let runs = 0;
  for (let seed = firstSeed; performance.now() < until && !failed; seed++, runs++) {
    const fuzz = new Fuzz(analyzer, Math.imul(seed, 2654435761) >>> 0);
    const before = performance.now();
    fuzz.run();
    const ms = performance.now() - before;
    // A slow one is tried again: the machine may have been elsewhere.
    if (ms > MAX_MS) {
      const again = new Fuzz(analyzer, Math.imul(seed, 2654435761) >>> 0);
      const start = performance.now();
      again.run();
      if (performance.now() - start > MAX_MS) fuzz.failures.push(`took ${ms.toFixed(0)} ms`);
    }
    if (fuzz.failures.length > 0) {
      console.error(`${analyzer.name}, seed ${seed}: ${fuzz.failures.join('\n')}`);
      failed = true;
    }
  }
  console.log(`${analyzer.name}: ${runs} inputs`);
}
process.exitCode = failed ? 1 : 0;
