/** The event of a handshake, and the handshake's way back into the pool. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Flow } from '../analyzer.js';
import { ALERT_NAMES, OCSP_STATUSES, SEVERITIES } from './codes.js';
import { fields } from './fields.js';
import type { Carrier } from './fingerprints.js';
import { Handshake, type Owner, type Shop, type Side } from './handshake.js';
import { EXTENSION } from './hello.js';
import { writeCurve } from './hellos.js';
import { isModern, TLS13, type Version, versionOf } from './versions.js';

/** LIMIT of handshakes kept for use again. */
const MAX_POOLED = 1024;

const OK = constant('OK');
const ERROR = constant('Error');
const INCOMPLETE = constant('Packet loss while capturing the handshake');
const CLIENT = constant('client');
const SERVER = constant('server');
const KEY = {
  severity: constant('severity'),
  code: constant('code'),
  type: constant('type'),
  source: constant('source'),
} as const;
const METHOD = { id: constant('id'), ticket: constant('ticket'), psk: constant('psk') } as const;

export function beginHandshake(
  shop: Shop,
  flow: Flow,
  owner: Owner,
  carrier: Carrier,
  seconds: number,
  nanoseconds: number,
): Handshake {
  const handshake = shop.pool.pop() ?? new Handshake();
  handshake.shop = shop;
  handshake.flow = flow;
  handshake.owner = owner;
  handshake.carrier = carrier;
  handshake.client = flow.client;
  handshake.seconds = seconds;
  handshake.nanoseconds = nanoseconds;
  handshake.touch();
  return handshake;
}

/** Sends the event, where there is something to tell; the handshake must not be touched again. */
export function endHandshake(handshake: Handshake, isEstablished: boolean): void {
  const { shop } = handshake;
  shop.emit.deadlines.disarm(handshake);
  if (!handshake.isSilent) {
    const row = shop.emit.row(handshake.flow);
    writeEvent(row, handshake, isEstablished);
    shop.emit.send(row);
  }
  handshake.clear();
  if (shop.pool.length < MAX_POOLED) shop.pool.push(handshake);
}

function writeEvent(row: Row, handshake: Handshake, isEstablished: boolean): void {
  const { shop, clientSide: client, serverSide: server, carrier } = handshake;
  row.start(handshake.seconds, handshake.nanoseconds);
  if (handshake.hasEnd) row.end(handshake.endSeconds, handshake.endNanoseconds);
  if (handshake.client === 1) row.swap();
  row.status = isEstablished ? OK : ERROR;
  row.boolean(fields['tls.established'], isEstablished);
  if (isEstablished && (handshake.hasGap || !client.hello.present || !server.hello.present))
    row.word(shared['error.message'], INCOMPLETE);
  if (client.hello.present) shop.hellos.write(row, 'client', client.hello, carrier);
  if (server.hello.present) shop.hellos.write(row, 'server', server.hello, carrier);
  if (client.certificates) row.paste(client.certificates);
  if (server.certificates) row.paste(server.certificates);
  if (server.curve > 0) writeCurve(row, server.curve);
  const method = resumptionOf(client, server);
  row.boolean(fields['tls.resumed'], method > 0);
  const version = versionIn(handshake);
  if (version) {
    row.word(fields['tls.version'], version.number);
    row.word(fields['tls.version_protocol'], version.protocol);
  }
  if (!shop.detailed) return;
  if (version) row.word(fields['tls.detailed.version'], version.name);
  if (method > 0) row.word(fields['tls.detailed.resumption_method'], method);
  row.boolean(fields['tls.detailed.client_certificate_requested'], server.asksCertificate);
  if (server.ocspStatus >= 0)
    row.word(fields['tls.detailed.ocsp_response'], OCSP_STATUSES[server.ocspStatus]!);
  if (handshake.quicVersion > 0) row.word(fields['tls.detailed.quic_version'], handshake.quicVersion);
  if (client.alertCount + server.alertCount > 0) writeAlerts(row, client, server);
}

/** The version that the server chose; without an answer that of the client's hello. */
function versionIn({ clientSide: client, serverSide: server, carrier }: Handshake): Version | null {
  if (server.hello.present) return versionOf(server.hello.negotiated);
  if (!client.hello.present) return null;
  // RFC 9001 4.2: QUIC has no older one.
  return versionOf(carrier === 'q' ? TLS13 : client.hello.version);
}

/** How the session was resumed: a constant, or 0. */
function resumptionOf(client: Side, server: Side): number {
  if (!server.hello.present) return 0;
  // RFC 8446 4.2.11: the server accepts one of the keys that the client offers. The session id is only echoed.
  if (isModern(server.hello.negotiated))
    return server.hello.find(EXTENSION.preSharedKey) >= 0 ? METHOD.psk : 0;
  const isFull =
    client.exchangedKeys || server.exchangedKeys || server.helloDone || server.certificates !== null;
  if (isFull) return 0;
  // RFC 5077 3.4: a client with a ticket makes up a session id, so that it sees by the echo whether it was accepted.
  const ticket = client.hello.present ? client.hello.find(EXTENSION.sessionTicket) : -1;
  const hasTicket = ticket >= 0 && client.hello.ends[ticket]! > client.hello.at[ticket]!;
  if (hasTicket && (server.changed || sameSession(client, server))) return METHOD.ticket;
  return sameSession(client, server) ? METHOD.id : 0;
}

function sameSession({ hello: client }: Side, { hello: server }: Side): boolean {
  if (!client.present || client.sessionSize === 0 || client.sessionSize !== server.sessionSize) return false;
  for (let i = 0; i < client.sessionSize; i++) {
    if (client.buf[client.sessionAt + i] !== server.buf[server.sessionAt + i]) return false;
  }
  return true;
}

function writeAlerts(row: Row, client: Side, server: Side): void {
  row.list(fields['tls.detailed.alert_types']);
  for (const side of [client, server]) {
    for (let i = 0; i < side.alertCount; i++) row.word(ITEM, ALERT_NAMES[side.alerts[2 * i + 1]!]!);
  }
  row.close();
  row.list(fields['tls.detailed.alerts']);
  for (const side of [client, server]) {
    for (let i = 0; i < side.alertCount; i++) {
      row.object(ITEM);
      row.key(KEY.severity);
      row.word(ITEM, SEVERITIES[side.alerts[2 * i]!]!);
      row.key(KEY.code);
      row.long(ITEM, side.alerts[2 * i + 1]!);
      row.key(KEY.type);
      row.word(ITEM, ALERT_NAMES[side.alerts[2 * i + 1]!]!);
      row.key(KEY.source);
      row.word(ITEM, side === client ? CLIENT : SERVER);
      row.close();
    }
  }
  row.close();
}
