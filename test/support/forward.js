/**
 * Passes connections on, for servers that listen on loopback only: node forward.js PORT TO_PORT listens on all addresses.
 */
import { connect, createServer } from 'node:net';

const [port, to] = process.argv.slice(2).map(Number);

createServer({ noDelay: true }, (near) => {
  const far = connect({ host: '127.0.0.1', port: to, noDelay: true });
  for (const [from, into] of [
    [near, far],
    [far, near],
  ]) {
    from.pipe(into);
    from.on('error', () => into.destroy());
  }
}).listen(port, '0.0.0.0');
