/** What a connection keeps from one exchange to the next: who it is, what both sides can do, its prepared statements. */
import type { OptionsOf } from '../../base/options.js';
import type { Deadlines } from '../kit/deadlines.js';
import { CAPABILITY, COM, LOGIN } from './codes.js';
import type { Owner, Shop } from './exchange.js';
import { Login, looksLikeLogin, readGreeting } from './login.js';
import type { options as declared } from './options.js';
import type { Payload } from './payload.js';
import {
  fillExecute,
  fillLogin,
  fillOther,
  fillQuery,
  type PendingCommand,
  remember,
  statementOf,
} from './request.js';
import type { Response } from './response.js';
import { type Statement, Statements } from './statements.js';

export class Connection implements Owner {
  user: Uint8Array | undefined;
  schema: Uint8Array | undefined;
  /** The login is over, or was not seen. */
  isLoggedIn = false;
  /** Whether EOF packets are sent: undefined until it is known. */
  eof: boolean | undefined;
  // Made when they are needed: many connections need neither.
  #login: Login | undefined;
  #statements: Statements | undefined;
  readonly #forgotten: Shop['forgotten'];
  readonly #options: OptionsOf<typeof declared>;
  readonly #deadlines: Deadlines;
  readonly #paramsCut: Shop['paramsCut'];
  /** -1: the greeting was not seen. */
  #serverCapabilities = -1;
  #capabilities = 0;

  constructor({ options, emit, forgotten, paramsCut }: Shop) {
    this.#options = options;
    this.#deadlines = emit.deadlines;
    this.#paramsCut = paramsCut;
    this.#forgotten = forgotten;
  }

  /** Whether the packet is a greeting. */
  greet({ buf, pos, end }: Payload): boolean {
    const capabilities = end > pos ? readGreeting(buf, pos, end) : -1;
    if (capabilities < 0) return false;
    this.#serverCapabilities = capabilities;
    return true;
  }

  /** Whether a login may come now, or this looks like one. */
  expectsLogin({ buf, pos, end }: Payload): boolean {
    return !this.isLoggedIn && (this.#serverCapabilities >= 0 || looksLikeLogin(buf, pos, end));
  }

  readLogin({ buf, pos, end }: Payload): boolean {
    this.#login = new Login();
    return this.#login.read(buf, pos, end);
  }

  fillLogin(request: PendingCommand): void {
    if (this.#login) fillLogin(request, this.#login);
  }

  /** Puts what the command says into the request. */
  fill(request: PendingCommand, packet: Payload): void {
    const { send_request: sendRequest } = this.#options;
    switch (request.command.code) {
      case COM.query:
      case COM.prepare:
        fillQuery(request, packet, sendRequest);
        break;
      case COM.execute:
      case COM.bulkExecute:
      case COM.fetch:
        this.#execute(request, packet);
        break;
      case COM.changeUser:
        this.#login ??= new Login();
        this.#login.change(packet.buf, packet.pos + 1, packet.end);
        fillLogin(request, this.#login);
        break;
      default:
        fillOther(request, packet, sendRequest);
    }
  }

  #execute(request: PendingCommand, packet: Payload): void {
    request.statement = statementOf(packet);
    const statement = this.#find(request.statement);
    const { send_request: sendRequest } = this.#options;
    if (!fillExecute(request, packet, statement, this.#capabilities, sendRequest)) this.#paramsCut.value++;
  }

  /** Commands that change a statement, whatever the server says. */
  note(command: number, packet: Payload): void {
    if (command === COM.close) this.#statements?.remove(statementOf(packet));
    else if (command === COM.reset) this.#find(statementOf(packet))?.clearLong();
    else if (command === COM.sendLongData && packet.left >= 7) {
      const { buf, pos, end } = packet;
      this.#find(statementOf(packet))?.append(buf[pos + 5]! | (buf[pos + 6]! << 8), buf, pos + 7, end);
    }
  }

  /** The server agreed to the command. */
  agreed(request: PendingCommand): void {
    const { code } = request.command;
    if (request.schema) this.schema = request.schema;
    if (request.user) this.user = request.user;
    if (request.command === LOGIN) this.#loggedIn(this.#login!, request.response);
    else if (code === COM.changeUser || code === COM.resetConnection) this.#statements?.clear();
    else if (request.text) {
      this.#statements ??= new Statements(this.#options.statement_timeout, this.#forgotten);
      remember(request, this.#statements, this.#deadlines.now);
    }
  }

  get isCompressed(): boolean {
    return (this.#capabilities & (CAPABILITY.compress | CAPABILITY.zstd)) !== 0;
  }

  #loggedIn({ capabilities }: Login, response: Response): void {
    const isKnown = this.#serverCapabilities >= 0;
    this.isLoggedIn = true;
    this.#capabilities = isKnown ? (capabilities & this.#serverCapabilities) >>> 0 : capabilities;
    if (isKnown) response.eof = (this.#capabilities & CAPABILITY.deprecateEof) === 0;
  }

  #find(id: number): Statement | undefined {
    return this.#statements?.find(id, this.#deadlines.now);
  }
}
