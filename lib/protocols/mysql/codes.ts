/**
 * Numbers of the client/server protocol (MySQL Source Code Documentation, "MySQL Client/Server Protocol"; MariaDB
 * Knowledge Base, "Clients & Utilities protocol"): commands, capabilities, status flags, column types.
 */
import { constant } from '../../events/constants.js';

export const COM = {
  quit: 1,
  initDb: 2,
  query: 3,
  fieldList: 4,
  statistics: 9,
  changeUser: 17,
  binlogDump: 18,
  tableDump: 19,
  prepare: 22,
  execute: 23,
  sendLongData: 24,
  close: 25,
  reset: 26,
  fetch: 28,
  binlogDumpGtid: 30,
  resetConnection: 31,
  clone: 32,
  bulkExecute: 0xfa,
} as const;

/** What comes back for a command. */
export const ANSWER = {
  none: 0,
  /** OK, ERR, a request for a local file, or result sets. */
  result: 1,
  prepared: 2,
  /** Rows of a cursor, without columns. */
  rows: 3,
  /** Columns without rows. */
  columns: 4,
  /** One packet of text. */
  text: 5,
  login: 6,
  /** A stream that does not end. */
  stream: 7,
} as const;

export interface Command {
  readonly code: number;
  readonly method: number;
  readonly answer: number;
  /** SQL: always reported. Others: with send_all_commands, or when they fail. */
  readonly isStatement: boolean;
  /** Its payload is the name of a schema. */
  readonly namesSchema: boolean;
}

const OTHERS: readonly (readonly [number, string, number?])[] = [
  [COM.quit, 'QUIT', ANSWER.none],
  [COM.initDb, 'INIT_DB'],
  [COM.fieldList, 'FIELD_LIST', ANSWER.columns],
  [5, 'CREATE_DB'],
  [6, 'DROP_DB'],
  [7, 'REFRESH'],
  [8, 'SHUTDOWN'],
  [COM.statistics, 'STATISTICS', ANSWER.text],
  [10, 'PROCESS_INFO'],
  [11, 'CONNECT'],
  [12, 'PROCESS_KILL'],
  [13, 'DEBUG'],
  [14, 'PING'],
  [15, 'TIME'],
  [16, 'DELAYED_INSERT'],
  [COM.changeUser, 'CHANGE_USER', ANSWER.login],
  [COM.binlogDump, 'BINLOG_DUMP', ANSWER.stream],
  [COM.tableDump, 'TABLE_DUMP', ANSWER.stream],
  [20, 'CONNECT_OUT'],
  [21, 'REGISTER_SLAVE'],
  [COM.sendLongData, 'STMT_SEND_LONG_DATA', ANSWER.none],
  [COM.close, 'STMT_CLOSE', ANSWER.none],
  [COM.reset, 'STMT_RESET'],
  [27, 'SET_OPTION'],
  [29, 'DAEMON'],
  [COM.binlogDumpGtid, 'BINLOG_DUMP_GTID', ANSWER.stream],
  [COM.resetConnection, 'RESET_CONNECTION'],
  [COM.clone, 'CLONE', ANSWER.stream],
];

const SCHEMA_COMMANDS: readonly number[] = [COM.initDb, 5, 6];

/** By the command's number. */
export const COMMANDS: (Command | undefined)[] = new Array(256).fill(undefined);
for (const [code, name, answer = ANSWER.result] of OTHERS) {
  const namesSchema = SCHEMA_COMMANDS.includes(code);
  COMMANDS[code] = { code, method: constant(name), answer, isStatement: false, namesSchema };
}
const statement = (code: number, name: string, answer: number): void => {
  COMMANDS[code] = { code, method: constant(name), answer, isStatement: true, namesSchema: false };
};
statement(COM.query, 'QUERY', ANSWER.result);
statement(COM.prepare, 'PREPARE', ANSWER.prepared);
statement(COM.execute, 'EXECUTE', ANSWER.result);
statement(COM.fetch, 'FETCH', ANSWER.rows);
statement(COM.bulkExecute, 'EXECUTE', ANSWER.result);

/** The login: no command, but answered as one. */
export const LOGIN: Command = {
  code: -1,
  method: constant('LOGIN'),
  answer: ANSWER.login,
  isStatement: false,
  namesSchema: false,
};
/** A response whose command was not seen. */
export const UNKNOWN: Command = {
  code: -2,
  method: 0,
  answer: ANSWER.result,
  isStatement: true,
  namesSchema: false,
};

export const CAPABILITY = {
  mysql: 1,
  connectWithDb: 8,
  compress: 0x20,
  protocol41: 0x200,
  ssl: 0x800,
  secureConnection: 0x8000,
  pluginAuth: 1 << 19,
  pluginAuthLenenc: 1 << 21,
  deprecateEof: 1 << 24,
  zstd: 1 << 26,
  queryAttributes: 1 << 27,
} as const;

export const STATUS = { moreResults: 8, cursorExists: 0x40 } as const;

/** Flag of COM_STMT_EXECUTE: the number of parameters is told. */
export const PARAMETER_COUNT_AVAILABLE = 8;

/** Types of columns and parameters. */
export const TYPE = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  nothing: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  newDate: 14,
} as const;
