/** The mixes of traffic, a file each; conversations are written by ../connections.js. */
import { dns } from './dns.js';
import { http } from './http.js';
import { redis } from './redis.js';
import { scan } from './scan.js';

/** By name. `exchanges` is the full size, a multiple of `unit`; write() returns what the capture holds. */
export const mixes = [...http, dns, redis, scan];
