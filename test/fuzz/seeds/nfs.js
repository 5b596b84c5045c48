/** NFS calls and replies that the fuzzer starts from: in records, and without their mark as datagrams have them. */
const u32 = (...numbers) => {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((n, i) => {
    bytes.writeUInt32BE(n >>> 0, i * 4);
  });
  return bytes.toString('latin1');
};
const record = (message) => u32(0x80000000 + message.length) + message;

const unix = `${u32(1, 32, 7, 3)}ani\0${u32(500, 500, 2, 499, 491)}${u32(0, 0)}`;
const read3 = u32(1, 0, 2, 100003, 3, 6) + unix + u32(4, 0x01020304, 0, 0, 0, 4096);
const compound = `${u32(2, 0, 2, 100003, 4, 1)}${unix}${u32(4)}read${u32(1, 4, 53, 1, 2, 3, 4, 5, 6, 7, 0, 22, 4, 9, 25, 0)}`;
const reply = u32(1, 1, 0, 0, 0, 0, 0, 0, 0);
const denied = u32(2, 1, 1, 1, 5);

export const seeds = [
  read3,
  reply,
  record(read3),
  record(compound),
  record(reply),
  record(denied),
  record(u32(2, 1, 0, 0, 0, 2, 3, 4)),
  u32(24) + read3.slice(0, 24) + u32(0x80000000 + read3.length - 24) + read3.slice(24),
  record(u32(3, 0, 2, 100227, 3, 1, 0, 0, 0, 0)),
];
