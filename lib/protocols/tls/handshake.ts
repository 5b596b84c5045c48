/**
 * A handshake as it is pieced together, whatever carries it: messages and alerts of both sides go in, one event comes out.
 * Handshakes are used again; one is out only while its connection has no event yet.
 */
import type { Counter } from '../../base/counters.js';
import type { Block } from '../../events/row.js';
import type { Direction, Emit, Flow } from '../analyzer.js';
import { Waiting } from '../kit/deadlines.js';
import { Assembly } from './assembly.js';
import type { Certificates } from './certificates.js';
import { Der, TAG } from './der.js';
import type { Carrier } from './fingerprints.js';
import { Hello } from './hello.js';
import type { Hellos } from './hellos.js';
import { isModern } from './versions.js';

/** Types of handshake messages (RFC 8446 4, RFC 5246 7.4, RFC 6347 4.2.2). */
export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  clientKeyExchange: 16,
  certificateStatus: 22,
} as const;
const FATAL = 2;
const CLOSE_NOTIFY = 0;
const USER_CANCELED = 90;
/** LIMIT of alerts of one side that an event tells. */
const MAX_ALERTS = 16;
const NAMED_CURVE = 3;
const OCSP = 1;

/** What the sessions of one worker share. */
export interface Shop {
  readonly emit: Emit;
  readonly hellos: Hellos;
  readonly certificates: Certificates;
  readonly detailed: boolean;
  readonly timeoutSeconds: number;
  readonly pool: Handshake[];
  readonly counters: {
    readonly notTls: Counter;
    readonly sslv2: Counter;
    readonly midway: Counter;
    readonly encryptedAlerts: Counter;
    readonly undecryptable: Counter;
    readonly unknownVersion: Counter;
  };
}

export class Side {
  readonly hello = new Hello();
  /** What it sent of messages that are not whole yet. */
  readonly pieces = new Assembly();
  /** Bytes of its handshake record that are still to come. */
  recordLeft = 0;
  certificates: Block | null = null;
  asksCertificate = false;
  exchangedKeys = false;
  helloDone = false;
  /** It changed to encryption (ChangeCipherSpec). */
  changed = false;
  /** Group of the key exchange, 0: not seen. */
  curve = 0;
  /** Status of an OCSP response, -1: none. */
  ocspStatus = -1;
  /** Severity and code of each alert. */
  readonly alerts = new Uint8Array(2 * MAX_ALERTS);
  alertCount = 0;

  clear(): void {
    this.hello.clear();
    this.pieces.clear();
    this.recordLeft = 0;
    this.certificates = null;
    this.asksCertificate = false;
    this.exchangedKeys = false;
    this.helloDone = false;
    this.changed = false;
    this.curve = 0;
    this.ocspStatus = -1;
    this.alertCount = 0;
  }

  get isSilent(): boolean {
    return !this.hello.present && this.alertCount === 0 && this.certificates === null;
  }
}

/** Who is told when a handshake takes too long. */
export interface Owner {
  timedOut(): void;
}

export class Handshake extends Waiting {
  /** By direction of the flow. */
  readonly sides: readonly [Side, Side] = [new Side(), new Side()];
  shop!: Shop;
  flow!: Flow;
  owner!: Owner;
  carrier: Carrier = 't';
  client: Direction | undefined;
  /** Constant of the version of QUIC; 0: it is not QUIC. */
  quicVersion = 0;
  seconds = 0;
  nanoseconds = 0;
  endSeconds = 0;
  endNanoseconds = 0;
  hasEnd = false;
  /** Bytes of it were lost. */
  hasGap = false;

  override expire(): void {
    this.owner.timedOut();
  }

  clear(): void {
    for (const side of this.sides) side.clear();
    this.client = undefined;
    this.quicVersion = 0;
    this.hasEnd = false;
    this.hasGap = false;
  }

  /** Something came: it has the whole time-out again. */
  touch(): void {
    const { deadlines } = this.shop.emit;
    deadlines.disarm(this);
    deadlines.arm(this, this.shop.timeoutSeconds);
  }

  endAt(seconds: number, nanoseconds: number): void {
    this.endSeconds = seconds;
    this.endNanoseconds = nanoseconds;
    this.hasEnd = true;
  }

  get clientSide(): Side {
    return this.sides[this.client ?? 0];
  }

  get serverSide(): Side {
    return this.sides[this.client === 1 ? 0 : 1];
  }

  /** Nothing came that is worth an event. */
  get isSilent(): boolean {
    return this.sides[0].isSilent && this.sides[1].isSilent;
  }

  /** TLS 1.3 or DTLS 1.3, as the server chose. */
  get isModern(): boolean {
    const { hello } = this.serverSide;
    return hello.present && isModern(hello.negotiated);
  }

  /** The server has not only asked for another ClientHello. */
  get isAnswered(): boolean {
    const { hello } = this.serverSide;
    return hello.present && !hello.isRetry;
  }

  /** A message from `dir`, its body [start, end). False: it is broken. */
  message(dir: Direction, type: number, buf: Uint8Array, start: number, end: number): boolean {
    const side = this.sides[dir];
    switch (type) {
      case MESSAGE.clientHello:
        this.client = dir;
        // A second one answers a HelloRetryRequest or HelloVerifyRequest; the first tells what the client is.
        return side.hello.present || side.hello.read('client', buf, start, end);
      case MESSAGE.serverHello:
        this.client = (1 - dir) as Direction;
        return side.hello.read('server', buf, start, end);
      case MESSAGE.certificate:
        this.client ??= (1 - dir) as Direction;
        side.certificates ??= this.shop.certificates.describe(
          dir === this.client ? 'client' : 'server',
          buf,
          start,
          end,
        );
        break;
      case MESSAGE.serverKeyExchange:
        side.exchangedKeys = true;
        // RFC 8422 5.4.
        if (end - start > 3 && buf[start] === NAMED_CURVE)
          side.curve = (buf[start + 1]! << 8) | buf[start + 2]!;
        break;
      case MESSAGE.certificateRequest:
        side.asksCertificate = true;
        break;
      case MESSAGE.serverHelloDone:
        side.helloDone = true;
        break;
      case MESSAGE.clientKeyExchange:
        side.exchangedKeys = true;
        break;
      case MESSAGE.certificateStatus:
        side.ocspStatus = ocspStatusOf(buf, start, end);
        break;
    }
    return true;
  }

  /** True: the handshake failed with it. */
  alert(dir: Direction, severity: number, code: number): boolean {
    const side = this.sides[dir];
    if (side.alertCount < MAX_ALERTS) {
      side.alerts[side.alertCount * 2] = severity;
      side.alerts[side.alertCount * 2 + 1] = code;
      side.alertCount++;
    }
    // RFC 8446 6: the severity means nothing any more.
    return severity === FATAL || (this.isModern && code !== CLOSE_NOTIFY && code !== USER_CANCELED);
  }
}

/** RFC 6066 8: a CertificateStatus with an OCSPResponse (RFC 6960 4.2.1). */
function ocspStatusOf(buf: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || buf[start] !== OCSP) return -1;
  const response = new Der(buf, start + 4, end);
  if (!response.is(TAG.sequence)) return -1;
  const inside = response.enter();
  return inside.is(TAG.enumerated) && inside.end - inside.start === 1 ? buf[inside.start]! : -1;
}
