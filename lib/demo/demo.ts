/** The demo capture: some twenty seconds of a small network, the same on every run. */
import { breakOff, browse, knock, MILLI, type Network, ping, resolve, useCache } from './conversations.js';
import { type Host, host } from './packets.js';
import { PcapImage } from './pcap.js';
import { Random } from './random.js';

const SECOND = 1000 * MILLI;
const SEED = 20_260_101;
const VISITS = 34;
const LOOKUPS = 110;
const CACHE_CLIENTS = 5;
const PINGS = 19;
/** Nothing begins later, so that all ends within twenty seconds. */
const LAST_START = 17 * SECOND;

const WEB = 10;
const CACHE = 20;
const RESOLVER = 1;
const FIRST_DESKTOP = 101;
const DESKTOPS = 8;

/** A pcap image of about 500 exchanges: HTTP, DNS, Redis and ICMP, some of them failing. */
export function buildDemo(): Buffer {
  const sink = new PcapImage();
  const network: Network = { sink, random: new Random(SEED), conversations: 0 };
  visits(network);
  lookups(network);
  for (let i = 0; i < CACHE_CLIENTS; i++) {
    useCache(
      network,
      begin(network, i, CACHE_CLIENTS),
      host(WEB),
      host(CACHE),
      network.random.between(6, 10),
    );
  }
  for (const version of [4, 6] as const) {
    ping(network, version * 100 * MILLI, host(FIRST_DESKTOP, version), host(WEB, version), PINGS, SECOND);
  }
  return sink.image();
}

/** Times spread over the run, off the beat: that of the i-th of `of`. */
function begin({ random }: Network, i: number, of: number): number {
  const slice = LAST_START / of;
  return Math.floor(i * slice + random.below(1000) * (slice / 1000));
}

function visits(network: Network): void {
  for (let i = 0; i < VISITS; i++) {
    const time = begin(network, i, VISITS);
    const client = desktop(network);
    const web = sameNetwork(client, WEB);
    if (i % 12 === 5) breakOff(network, time, client, web);
    else if (i % 12 === 11) knock(network, time, client, web, 8443);
    else browse(network, time, client, web, network.random.between(3, 9));
  }
}

function lookups(network: Network): void {
  for (let i = 0; i < LOOKUPS; i++) {
    const client = desktop(network);
    resolve(network, begin(network, i, LOOKUPS), client, sameNetwork(client, RESOLVER), i % 30 === 29);
  }
}

/** One of the desktops; one in four speaks IPv6. */
function desktop({ random }: Network): Host {
  return host(FIRST_DESKTOP + random.below(DESKTOPS), random.oneIn(4) ? 6 : 4);
}

/** Host number n in the IP version of its peer. */
const sameNetwork = (peer: Host, n: number): Host => host(n, peer.ip.length === 16 ? 6 : 4);
