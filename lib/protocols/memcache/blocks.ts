/** Entries that many events have in common, made once a worker and copied into rows: all that follows from a command's name. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { Row } from '../../events/row.js';
import { CONTINUE, MAX_STATUS, OPCODES, STATUS, SUCCESS } from './binary-codes.js';
import { fields } from './fields.js';
import { COMMANDS, RESPONSES } from './text-codes.js';

const TEXT = constant('text');
const BINARY = constant('binary');
const UNKNOWN = constant('UNKNOWN');
const outcome = { success: constant('success'), failure: constant('failure') } as const;

export class Blocks {
  /** By TextCommand.id. */
  readonly commands: readonly Uint32Array[];
  /** By TextResponse.id. */
  readonly responses: readonly Uint32Array[];
  readonly #draft = new Row(new Uint8Array(0), []);
  readonly #requestOpcodes: (Uint32Array | undefined)[] = new Array(256).fill(undefined);
  readonly #responseOpcodes: (Uint32Array | undefined)[] = new Array(256).fill(undefined);
  readonly #statuses: (Uint32Array | undefined)[] = new Array(MAX_STATUS).fill(undefined);

  constructor() {
    this.commands = COMMANDS.map(({ name, type }) =>
      this.#make((row) => {
        row.word(fields['memcache.protocol_type'], TEXT);
        row.word(shared['event.action'], constant(`memcache.${type.toLowerCase()}`));
        row.word(fields['memcache.request.command'], constant(name));
        row.word(fields['memcache.request.type'], constant(type));
      }),
    );
    this.responses = RESPONSES.map(({ name, type }) =>
      this.#make((row) => {
        row.word(shared['event.outcome'], type === 'Fail' ? outcome.failure : outcome.success);
        row.word(fields['memcache.response.command'], constant(name));
        row.word(fields['memcache.response.type'], constant(type));
      }),
    );
  }

  /** A text response without its request. */
  orphan(row: Row, isBinary: boolean): void {
    row.word(fields['memcache.protocol_type'], isBinary ? BINARY : TEXT);
  }

  requestOpcode(code: number): Uint32Array {
    this.#requestOpcodes[code] ??= this.#make((row) => {
      const opcode = OPCODES[code];
      const type = opcode?.type ?? 'UNKNOWN';
      row.word(fields['memcache.protocol_type'], BINARY);
      row.word(shared['event.action'], constant(`memcache.${type.toLowerCase()}`));
      row.word(fields['memcache.request.command'], opcode ? constant(opcode.command) : UNKNOWN);
      row.word(fields['memcache.request.type'], constant(type));
      if (opcode) row.word(fields['memcache.request.opcode'], constant(opcode.name));
      row.long(fields['memcache.request.opcode_value'], code);
      row.boolean(fields['memcache.request.quiet'], opcode?.isQuiet ?? false);
    });
    return this.#requestOpcodes[code];
  }

  responseOpcode(code: number): Uint32Array {
    this.#responseOpcodes[code] ??= this.#make((row) => {
      const opcode = OPCODES[code];
      row.word(fields['memcache.response.command'], opcode ? constant(opcode.command) : UNKNOWN);
      row.word(fields['memcache.response.type'], opcode ? constant(opcode.type) : UNKNOWN);
      if (opcode) row.word(fields['memcache.response.opcode'], constant(opcode.name));
      row.long(fields['memcache.response.opcode_value'], code);
    });
    return this.#responseOpcodes[code];
  }

  /** The status code, its name and the outcome, into `row`. */
  status(row: Row, code: number): void {
    if (code >= MAX_STATUS) {
      writeStatus(row, code);
      return;
    }
    this.#statuses[code] ??= this.#make((draft) => writeStatus(draft, code));
    row.block(this.#statuses[code]);
  }

  #make(write: (row: Row) => void): Uint32Array {
    const draft = this.#draft;
    draft.clear();
    write(draft);
    return draft.entries();
  }
}

function writeStatus(row: Row, code: number): void {
  const name = STATUS[code];
  if (name !== undefined) row.word(fields['memcache.response.status'], constant(name));
  row.long(fields['memcache.response.status_code'], code);
  if (code !== CONTINUE)
    row.word(shared['event.outcome'], code === SUCCESS ? outcome.success : outcome.failure);
}
