/** The list of analyzers: one line a protocol. */

import { amqp } from './amqp/analyzer.js';
import type { Analyzer } from './analyzer.js';
import { cassandra } from './cassandra/analyzer.js';
import { dhcpv4 } from './dhcpv4/analyzer.js';
import { dns } from './dns/analyzer.js';
import { http } from './http/analyzer.js';
import { icmp } from './icmp/analyzer.js';
import { memcache } from './memcache/analyzer.js';
import { mongodb } from './mongodb/analyzer.js';
import { mysql } from './mysql/analyzer.js';
import { nfs } from './nfs/analyzer.js';
import { pgsql } from './pgsql/analyzer.js';
import { redis } from './redis/analyzer.js';
import { sip } from './sip/analyzer.js';
import { thrift } from './thrift/analyzer.js';
import { tls } from './tls/analyzer.js';

export const analyzers: readonly Analyzer[] = [
  amqp,
  cassandra,
  dhcpv4,
  dns,
  http,
  icmp,
  memcache,
  mongodb,
  mysql,
  nfs,
  pgsql,
  redis,
  sip,
  thrift,
  tls,
] as unknown as readonly Analyzer[];

/** `more`: analyzers beside our own. */
export function findAnalyzer(name: string, more: readonly Analyzer[] = []): Analyzer | undefined {
  return [...analyzers, ...more].find((analyzer) => analyzer.name === name);
}
