/**
 * TLS conversations for tests: made by node's own TLS over a pair of streams in memory, and messages put together by hand.
 * Certificates are valid until 2126.
 */
import { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';

/** What passed, in order: 0 from the client, 1 from the server. */
export type Piece = readonly [dir: 0 | 1, bytes: Uint8Array];

export const CA = `-----BEGIN CERTIFICATE-----
MIIBsjCCAVmgAwIBAgIUORiOrekYb5GnT/3miK7CmxPyOtAwCgYIKoZIzj0EAwIw
LjELMAkGA1UEBhMCREUxDTALBgNVBAoMBFRlc3QxEDAOBgNVBAMMB1Rlc3QgQ0Ew
IBcNMjYxMTI0MTI1MTU3WhgPMjEyNjEwMzExMjUxNTdaMC4xCzAJBgNVBAYTAkRF
MQ0wCwYDVQQKDARUZXN0MRAwDgYDVQQDDAdUZXN0IENBMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEpAKjWap4r4GL9eAmqzeIvP0NIYkxoTRaIBRFrH/2kUWjdH5/
VRI7vMke+1MnDWK8VGcxHuk8fUqKD3jq0c1EQaNTMFEwHQYDVR0OBBYEFBWPQfL0
ymBkIaVi6ehLOjfqOfhLMB8GA1UdIwQYMBaAFBWPQfL0ymBkIaVi6ehLOjfqOfhL
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgRMyipH4jXoPmS6no
yt4s9K9syY2sh3w974DD8/Kq5VUCIBzBF67Qi9RtFYLeMh+DOjv3iGoZu352C1eU
D63g+9+Q
-----END CERTIFICATE-----`;
export const SERVER_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIICPDCCAeKgAwIBAgIID9B43Ujxor0wCgYIKoZIzj0EAwIwLjELMAkGA1UEBhMC
REUxDTALBgNVBAoMBFRlc3QxEDAOBgNVBAMMB1Rlc3QgQ0EwIBcNMjYxMTI0MTI1
MTU3WhgPMjEyNjEwMzExMjUxNTdaMGkxCzAJBgNVBAYTAkRFMRAwDgYDVQQIDAdC
YXZhcmlhMQ8wDQYDVQQHDAZNdW5pY2gxEzARBgNVBAoMClRlc3QsIEluYy4xDDAK
BgNVBAsMA09uZTEUMBIGA1UEAwwLc2VydmVyLnRlc3QwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAAQYRu5pNaWNhXyS/Q10KJG/95OXRqVVXi4To+LZFRjMWFunSb9f
IZ+C9m5KClmekvpHECfqKf1QLdylQpNzbgeJo4GsMIGpMGcGA1UdEQRgMF6CC3Nl
cnZlci50ZXN0gg0qLnNlcnZlci50ZXN0hwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAB
gRByb290QHNlcnZlci50ZXN0hhZzcGlmZmU6Ly9zZXJ2ZXIudGVzdC94MB0GA1Ud
DgQWBBQN6alv1nJoE4wp+XP/jCj0BoNReTAfBgNVHSMEGDAWgBQVj0Hy9MpgZCGl
YunoSzo36jn4SzAKBggqhkjOPQQDAgNIADBFAiA/KI0n/LQtZPpdZQCAOnDje9m6
C4fH7hLaKgakbPmJ8AIhAN9GN1pFXChrq5EBuVp4XZ3Nty/4Zi9oNT+pqKNTifKh
-----END CERTIFICATE-----`;
export const SERVER_KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIG171QTEqKOzp47DU/KbnjSsy0/vPkgRTQepVfRG0ZQLoAoGCCqGSM49
AwEHoUQDQgAEGEbuaTWljYV8kv0NdCiRv/eTl0alVV4uE6Pi2RUYzFhbp0m/XyGf
gvZuSgpZnpL6RxAn6in9UC3cpUKTc24HiQ==
-----END EC PRIVATE KEY-----`;
export const CLIENT_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIICPDCCAeKgAwIBAgIID9B43Ujxor0wCgYIKoZIzj0EAwIwLjELMAkGA1UEBhMC
REUxDTALBgNVBAoMBFRlc3QxEDAOBgNVBAMMB1Rlc3QgQ0EwIBcNMjYxMTI0MTI1
MTU3WhgPMjEyNjEwMzExMjUxNTdaMGkxCzAJBgNVBAYTAkRFMRAwDgYDVQQIDAdC
YXZhcmlhMQ8wDQYDVQQHDAZNdW5pY2gxEzARBgNVBAoMClRlc3QsIEluYy4xDDAK
BgNVBAsMA09uZTEUMBIGA1UEAwwLY2xpZW50LnRlc3QwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAASNxEw6yIKbjet9EZvaVSRyTCue7fBDhJjzWnyZ/jXMehCmvKf7
sNuVpSkHZiz/pM2PFEBH+G054XdzD/0GILaeo4GsMIGpMGcGA1UdEQRgMF6CC2Ns
aWVudC50ZXN0gg0qLmNsaWVudC50ZXN0hwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAB
gRByb290QGNsaWVudC50ZXN0hhZzcGlmZmU6Ly9jbGllbnQudGVzdC94MB0GA1Ud
DgQWBBRmzAo/O1KyCuVEEfW1qCjuJgvcQjAfBgNVHSMEGDAWgBQVj0Hy9MpgZCGl
YunoSzo36jn4SzAKBggqhkjOPQQDAgNIADBFAiAXuF9qTkS5cNAOTudRWB5cGYQX
OpsHJRsD3Ey5LJxFhQIhAMXc/IweSBncRySjculGz9/lq4tPeA/Vj7y/+hdAX4AL
-----END CERTIFICATE-----`;
export const CLIENT_KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIEQYnprCkZSaJhyo59XIntf3HKYnpxXLHE0ypGUsBan6oAoGCCqGSM49
AwEHoUQDQgAEjcRMOsiCm43rfRGb2lUkckwrnu3wQ4SY81p8mf41zHoQpryn+7Db
laUpB2Ys/6TNjxRAR/htOeF3cw/9BiC2ng==
-----END EC PRIVATE KEY-----`;

/** One end of a pair: what is written comes out at the other end, and into the record. */
class End extends Duplex {
  other!: End;
  readonly #written: (bytes: Buffer) => void;

  constructor(written: (bytes: Buffer) => void) {
    super();
    this.#written = written;
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#written(bytes);
    this.other.push(bytes);
    done();
  }

  override _final(done: () => void): void {
    this.other.push(null);
    done();
  }
}

export interface Conversation {
  readonly pieces: Piece[];
  /** Of the client, for the next conversation. */
  readonly session: Buffer | undefined;
  readonly error: string | undefined;
}

const SERVER = { cert: SERVER_CERTIFICATE, key: SERVER_KEY };
const contexts = new Map<string, ReturnType<typeof createSecureContext>>();

/** A handshake, a word each way, and the end. `server` options equal to an earlier call's share its session cache. */
export async function converse(
  server: TLSSocketOptions & { [name: string]: unknown } = {},
  client: ConnectionOptions = {},
): Promise<Conversation> {
  const pieces: Piece[] = [];
  const ends = [
    new End((bytes) => pieces.push([0, bytes])),
    new End((bytes) => pieces.push([1, bytes])),
  ] as const;
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  const name = JSON.stringify(server);
  const secureContext = contexts.get(name) ?? createSecureContext({ ...SERVER, ...server });
  contexts.set(name, secureContext);
  const served = new TLSSocket(ends[1], { isServer: true, ...server, secureContext });
  let session: Buffer | undefined;
  let error: string | undefined;
  served.on('error', (e) => {
    error ??= (e as NodeJS.ErrnoException).code;
  });
  const socket = connect({ socket: ends[0], servername: 'server.test', ca: CA, ...client });
  await new Promise<void>((resolve) => {
    socket.on('session', (data) => {
      session = data;
    });
    socket.on('error', (e) => {
      error = (e as NodeJS.ErrnoException).code;
    });
    socket.on('close', resolve);
    served.on('data', (data) => served.end(data));
    socket.on('secureConnect', () => socket.write('hello'));
    socket.on('end', () => socket.end());
    socket.resume();
  });
  served.destroy();
  return { pieces, session, error };
}

const u16 = (n: number): number[] => [n >> 8, n & 255];
const u24 = (n: number): number[] => [n >> 16, (n >> 8) & 255, n & 255];

/** A record of TLS. */
export function record(type: number, body: ArrayLike<number>, version = 0x0303): Buffer {
  return Buffer.from([type, ...u16(version), ...u16(body.length), ...Array.from(body)]);
}

/** A handshake message. */
export const message = (type: number, body: ArrayLike<number>): number[] => [
  type,
  ...u24(body.length),
  ...Array.from(body),
];

export const extension = (id: number, body: ArrayLike<number> = []): number[] => [
  ...u16(id),
  ...u16(body.length),
  ...Array.from(body),
];

/** A list with its length in `size` bytes before it. */
export const list = (size: 1 | 2, ...items: (number | number[])[]): number[] => {
  const body = items.flat();
  return [...(size === 1 ? [body.length] : u16(body.length)), ...body];
};

export const numbers = (...all: number[]): number[] => all.flatMap(u16);

export interface HelloParts {
  readonly version?: number;
  readonly random?: number;
  readonly session?: number[];
  readonly ciphers?: number[];
  readonly extensions?: number[][];
  /** DTLS. */
  readonly cookie?: number[];
}

/** Body of a ClientHello. */
export function clientHello(parts: HelloParts = {}): number[] {
  const {
    version = 0x0303,
    random = 7,
    session = [],
    ciphers = [0xc02f, 0x1301],
    extensions = [],
    cookie,
  } = parts;
  return [
    ...u16(version),
    ...Array(32).fill(random),
    ...list(1, session),
    ...(cookie ? list(1, cookie) : []),
    ...list(2, numbers(...ciphers)),
    ...list(1, 0),
    ...(extensions.length > 0 ? list(2, ...extensions) : []),
  ];
}

/** Body of a ServerHello. */
export function serverHello(parts: HelloParts & { readonly cipher?: number } = {}): number[] {
  const { version = 0x0303, random = 9, session = [], cipher = 0xc02f, extensions = [] } = parts;
  return [
    ...u16(version),
    ...Array(32).fill(random),
    ...list(1, session),
    ...u16(cipher),
    0,
    ...(extensions.length > 0 ? list(2, ...extensions) : []),
  ];
}

/** Extension with the name of the server. */
export const serverName = (name: string): number[] =>
  extension(0, list(2, 0, ...list(2, ...Buffer.from(name))));
