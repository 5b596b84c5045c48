/** DHCP messages for tests, built from their parts. */

export interface Parts {
  readonly operation?: number;
  readonly hardwareType?: number;
  readonly hardwareSize?: number;
  readonly hops?: number;
  readonly transaction?: number;
  readonly seconds?: number;
  readonly flags?: number;
  readonly client?: readonly number[];
  readonly assigned?: readonly number[];
  readonly server?: readonly number[];
  readonly relay?: readonly number[];
  readonly hardware?: readonly number[];
  readonly serverName?: string | Uint8Array;
  readonly file?: string | Uint8Array;
  readonly options?: readonly Uint8Array[];
  /** What stands behind the options. */
  readonly end?: readonly number[];
}

/** An option: its code and its data. */
export function option(code: number, data: string | readonly number[] | Uint8Array): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data);
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
}

export function message(parts: Parts = {}): Buffer {
  const header = Buffer.alloc(240);
  header[0] = parts.operation ?? 1;
  header[1] = parts.hardwareType ?? 1;
  header[2] = parts.hardwareSize ?? 6;
  header[3] = parts.hops ?? 0;
  header.writeUInt32BE(parts.transaction ?? 0x3d1d, 4);
  header.writeUInt16BE(parts.seconds ?? 0, 8);
  header.writeUInt16BE(parts.flags ?? 0, 10);
  header.set(parts.client ?? [], 12);
  header.set(parts.assigned ?? [], 16);
  header.set(parts.server ?? [], 20);
  header.set(parts.relay ?? [], 24);
  header.set(parts.hardware ?? [0, 0x0b, 0x82, 1, 0xfc, 0x42], 28);
  header.set(bytes(parts.serverName), 44);
  header.set(bytes(parts.file), 108);
  header.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([header, ...(parts.options ?? []), Buffer.from(parts.end ?? [255])]);
}

const bytes = (text: string | Uint8Array = ''): Uint8Array =>
  typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
