/** Pieces of wire formats, as Latin-1 text. */
export const u16 = (n) => String.fromCharCode((n >> 8) & 255, n & 255);
export const u32 = (...numbers) => numbers.map((n) => u16(n >>> 16) + u16(n)).join('');
export const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex').toString('latin1');
/** With the length in front: one byte, two, four. */
export const short = (text) => String.fromCharCode(text.length) + text;
export const medium = (text) => u16(text.length) + text;
export const long = (text) => u32(text.length) + text;
