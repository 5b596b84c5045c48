/**
 * Scripted memcache clients for test/e2e/memcache.test.ts; runs inside the client's namespace. Its output is the truth the
 * events are compared with: one JSON line a command.
 *
 *   node memcache.js ROUNDS ADDRESS
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const PORT = 11211;
const PIPELINE = 8;
const [rounds, address] = [Number(process.argv[2]), process.argv[3]];
const lines = [];
const log = (entry) => lines.push(JSON.stringify(entry));

// Text: each command says how its response ends and what the client read out of it.

const STATUS = { CLIENT_ERROR: 'Client Error', SERVER_ERROR: 'Server Error' };
const FAILS = ['ERROR', 'NOT_FOUND', 'NOT_STORED', 'NF', 'NS'];
const statusOf = (word) => STATUS[word] ?? (FAILS.includes(word) ? 'Error' : 'OK');

/** A response of one line, or with a value behind it (VA). Undefined: not whole. */
function readOne(text) {
  const end = text.indexOf('\r\n');
  if (end < 0) return undefined;
  const words = text.slice(0, end).split(' ');
  const isNumber = /^\d+$/.test(words[0]);
  const reply = { response: isNumber ? '<counter_op_res>' : words[0], status: statusOf(words[0]) };
  if (isNumber) reply.value = words[0];
  if (words[0] !== 'VA') return { reply, size: end + 2 };
  const size = end + 2 + Number(words[1]) + 2;
  return text.length < size ? undefined : { reply: { ...reply, bytes: Number(words[1]) }, size };
}

/** The number that `ma ... v` is answered with. */
function readNumber(text) {
  const whole = readOne(text);
  if (!whole?.reply.bytes) return whole;
  const value = text.slice(whole.size - 2 - whole.reply.bytes, whole.size - 2);
  return { reply: { response: 'VA', status: 'OK', value }, size: whole.size };
}

/** VALUE ... END or STAT ... END, or one line that is neither. */
function readMany(text) {
  let at = 0;
  const reply = { response: '', status: 'OK' };
  for (;;) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const words = text.slice(at, end).split(' ');
    reply.response ||= words[0];
    at = end + 2;
    if (words[0] === 'VALUE') {
      reply.bytes = (reply.bytes ?? 0) + Number(words[3]);
      at += Number(words[3]) + 2;
    } else if (words[0] === 'STAT') reply.stats = (reply.stats ?? 0) + 1;
    else return { reply: { ...reply, status: statusOf(words[0]) }, size: at };
    if (at > text.length) return undefined;
  }
}

const store = (name, key, value, rest = '') => ({
  wire: `${name} ${key} 3 0 ${value.length}${rest}\r\n${value}\r\n`,
  command: name,
  keys: key,
  read: readOne,
});
const line = (text, read = readOne, keys = text.split(' ')[1] ?? '') => ({
  wire: `${text}\r\n`,
  command: text.split(' ')[0],
  keys,
  read,
});
const silent = (command) => ({ ...command, read: null });

/** One round: every kind of command, under keys of its own. */
function textCommands(p) {
  return [
    store('set', `${p}a`, 'x'.repeat(10)),
    store('set', `${p}big`, 'y'.repeat(300_000)),
    store('set', `${p}lines`, 'END\r\nget z\r\n'),
    store('add', `${p}a`, 'no'),
    store('append', `${p}a`, 'tail'),
    store('prepend', `${p}none`, 'no'),
    store('cas', `${p}a`, 'v', ' 999999999'),
    store('set', `${p}empty`, ''),
    silent(store('set', `${p}quiet`, 'z', ' noreply')),
    line(`get ${p}a`, readMany),
    line(`get ${p}big`, readMany),
    line(`get ${p}none`, readMany),
    line(
      `gets ${p}a ${p}none ${p}lines ${p}empty`,
      readMany,
      [`${p}a`, `${p}none`, `${p}lines`, `${p}empty`].join(','),
    ),
    line(`gat 100 ${p}a`, readMany, `${p}a`),
    store('set', `${p}n`, '10'),
    line(`incr ${p}n 5`),
    line(`decr ${p}n 100`),
    line(`incr ${p}a 1`),
    line(`incr ${p}none 1`),
    line(`touch ${p}a 50`),
    line(`touch ${p}none 50`),
    line(`delete ${p}a`),
    line(`delete ${p}a`),
    silent(line(`delete ${p}big noreply`)),
    line('version', readOne, ''),
    line('stats', readMany, ''),
    line('stats settings', readMany, ''),
    line('verbosity 0', readOne, ''),
    line(`ms ${p}m 3 T0 F5`),
    line(`mg ${p}m v c f k`),
    line(`mg ${p}none v`),
    line(`mg ${p}m s`),
    line(`ma ${p}n D2`),
    line(`ma ${p}n v`, readNumber),
    line(`md ${p}m`),
    line(`md ${p}m`),
    line('mn', readOne, ''),
    line(`get ${'k'.repeat(251)}`, readMany),
    store('set', `${p}huge`, 'h'.repeat(3_000_000)),
  ].map((command) =>
    command.wire.startsWith('ms ') ? { ...command, wire: `${command.wire}abc\r\n` } : command,
  );
}

/** Sends `width` commands at a time, the responses in order. */
async function text(commands, width) {
  const socket = connect({ host: address, port: PORT, noDelay: true });
  let received = '';
  let waiting = [];
  let done;
  socket.setEncoding('latin1').on('data', (data) => {
    received += data;
    while (waiting.length > 0) {
      const whole = waiting[0].read(received);
      if (!whole) return;
      received = received.slice(whole.size);
      const { command, keys } = waiting.shift();
      log({ protocol: 'text', transport: 'tcp', command, keys, ...whole.reply });
    }
    done();
  });
  for (let at = 0; at < commands.length; at += width) {
    const some = commands.slice(at, at + width);
    waiting = some.filter(({ read }) => read);
    for (const { command, keys } of some.filter(({ read }) => !read))
      log({ protocol: 'text', transport: 'tcp', command, keys, status: 'OK' });
    const answered = new Promise((resolve) => {
      done = resolve;
    });
    socket.write(some.map(({ wire }) => wire).join(''));
    if (waiting.length > 0) await answered;
  }
  socket.end('quit\r\n');
  log({ protocol: 'text', transport: 'tcp', command: 'quit', keys: '', status: 'OK' });
  await new Promise((resolve) => socket.on('close', resolve));
}

// Binary: a chain of commands ends with one that is answered.

const CODES = {
  0: 'Success',
  1: 'Key not found',
  2: 'Key exists',
  4: 'Invalid arguments',
  5: 'Item not stored',
  6: 'Incr/Decr on non-numeric value.',
};

function packet(opcode, opaque, key = '', extras = '', value = '') {
  const head = Buffer.alloc(24);
  head[0] = 0x80;
  head[1] = opcode;
  head.writeUInt16BE(key.length, 2);
  head[4] = extras.length;
  head.writeUInt32BE(extras.length + key.length + value.length, 8);
  head.writeUInt32BE(opaque, 12);
  return Buffer.concat([head, Buffer.from(extras + key + value, 'latin1')]);
}

const FLAGS = '\0\0\0\x01\0\0\0\0';
const DELTA = '\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x07\0\0\0\0';

function binaryChains(p) {
  return [
    [['set', 0x01, `${p}a`, FLAGS, 'value']],
    [['get', 0x00, `${p}a`]],
    [['get', 0x0c, `${p}a`]],
    [['get', 0x00, `${p}none`]],
    [['add', 0x02, `${p}a`, FLAGS, 'no']],
    [['append', 0x0e, `${p}a`, '', 'more']],
    [['replace', 0x03, `${p}none`, FLAGS, 'no']],
    [['incr', 0x05, `${p}n`, DELTA]],
    [['decr', 0x06, `${p}n`, DELTA]],
    [['incr', 0x05, `${p}a`, DELTA]],
    [['touch', 0x1c, `${p}a`, '\0\0\0\x64']],
    [['gat', 0x1d, `${p}a`, '\0\0\0\x64']],
    [['version', 0x0b]],
    [['stats', 0x10]],
    [
      ['set', 0x11, `${p}q`, FLAGS, 'quiet'],
      ['get', 0x0d, `${p}none`],
      ['get', 0x0d, `${p}q`],
      ['get', 0x09, `${p}none`],
      ['delete', 0x14, `${p}q`],
      ['noop', 0x0a],
    ],
    [['delete', 0x04, `${p}a`]],
    [['delete', 0x04, `${p}a`]],
  ];
}

async function binary(chains) {
  const socket = connect({ host: address, port: PORT, noDelay: true });
  let received = Buffer.alloc(0);
  let opaque = 0;
  let onPacket;
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    while (received.length >= 24 && received.length >= 24 + received.readUInt32BE(8)) {
      const size = 24 + received.readUInt32BE(8);
      onPacket(received.subarray(0, size));
      received = received.subarray(size);
    }
  });
  for (const chain of chains) {
    const sent = chain.map(([command, opcode, key, extras, value]) => {
      opaque++;
      return {
        command,
        keys: key ?? '',
        opaque,
        wire: packet(opcode, opaque, key, extras, value),
        status: 'OK',
      };
    });
    await new Promise((resolve) => {
      onPacket = (bytes) => {
        const entry = sent.find((e) => e.opaque === bytes.readUInt32BE(12));
        const code = bytes.readUInt16BE(6);
        const [extras, key, body] = [bytes[4], bytes.readUInt16BE(2), bytes.readUInt32BE(8)];
        entry.status = code === 0 ? 'OK' : 'Error';
        entry.response = CODES[code];
        const value = bytes.subarray(24 + extras + key);
        if (entry.command === 'stats') {
          if (key > 0) entry.stats = (entry.stats ?? 0) + 1;
          else resolve();
          return;
        }
        if (code === 0 && ['incr', 'decr'].includes(entry.command))
          entry.value = `${value.readBigUInt64BE()}`;
        else if (entry.command !== 'version' && body > extras + key) entry.bytes = value.length;
        if (entry === sent.at(-1)) resolve();
      };
      socket.write(Buffer.concat(sent.map(({ wire }) => wire)));
    });
    for (const { wire: _, opaque: __, ...entry } of sent)
      log({ protocol: 'binary', transport: 'tcp', ...entry });
  }
  socket.end();
  await new Promise((resolve) => socket.on('close', resolve));
}

// UDP: text commands; responses may span datagrams.

async function udp(commands) {
  const socket = createSocket('udp4');
  const waiting = new Map();
  socket.on('message', (datagram) => {
    const id = datagram.readUInt16BE(0);
    const entry = waiting.get(id);
    // Values of several keys come in datagrams that are each numbered as the only one.
    entry.parts[entry.first + datagram.readUInt16BE(2)] = datagram.subarray(8);
    if (Object.keys(entry.parts).length < entry.first + datagram.readUInt16BE(4)) return;
    entry.first = entry.parts.length;
    const text = Buffer.concat(entry.parts).toString('latin1');
    if (!entry.read(text)) return;
    waiting.delete(id);
    entry.resolve(text);
  });
  await new Promise((resolve) => socket.connect(PORT, address, resolve));
  let id = 0;
  for (const { wire, command, keys, read } of commands) {
    const header = Buffer.from([++id >> 8, id & 255, 0, 0, 0, 1, 0, 0]);
    const answer = new Promise((resolve) =>
      waiting.set(id, { resolve, read: read ?? readOne, parts: [], first: 0 }),
    );
    socket.send(Buffer.concat([header, Buffer.from(wire, 'latin1')]));
    const entry = { protocol: 'text', transport: 'udp', command, keys };
    if (read) log({ ...entry, ...read(await answer).reply });
    else log({ ...entry, status: 'OK' });
  }
  socket.close();
}

function udpCommands(p) {
  return [
    store('set', `${p}a`, 'u'.repeat(900)),
    line(`get ${p}a`, readMany),
    line(`get ${p}none`, readMany),
    line('stats', readMany, ''),
    line(`incr ${p}none 1`),
    silent(store('set', `${p}b`, 'v', ' noreply')),
    line(`get ${p}a ${p}none ${p}b ${p}a`, readMany, [`${p}a`, `${p}none`, `${p}b`, `${p}a`].join(',')),
  ];
}

const flat = (make, prefix) => Array.from({ length: rounds }, (_, i) => make(`${prefix}${i}:`)).flat();
await Promise.all([
  text(flat(textCommands, 't'), 1),
  text(flat(textCommands, 'p'), PIPELINE),
  binary(flat(binaryChains, 'b')),
  udp(flat(udpCommands, 'u')),
]);
process.stdout.write(lines.map((entry) => `${entry}\n`).join(''));
