/** The mixes of traffic, a file each; conversations are written by ../connections.js. */
import { amqp } from './amqp.js';
import { cassandra } from './cassandra.js';
import { dhcpv4 } from './dhcpv4.js';
import { dns } from './dns.js';
import { http } from './http.js';
import { icmp } from './icmp.js';
import { memcache } from './memcache.js';
import { mongodb } from './mongodb.js';
import { mysql } from './mysql.js';
import { nfs } from './nfs.js';
import { pgsql } from './pgsql.js';
import { redis } from './redis.js';
import { scan } from './scan.js';
import { sip } from './sip.js';
import { thrift } from './thrift.js';
import { tls } from './tls.js';

/** By name. `exchanges` is the full size, a multiple of `unit`; write() returns what the capture holds. */
export const mixes = [
  ...http,
  dns,
  redis,
  amqp,
  cassandra,
  dhcpv4,
  icmp,
  memcache,
  mongodb,
  mysql,
  nfs,
  pgsql,
  sip,
  thrift,
  tls,
  scan,
];
