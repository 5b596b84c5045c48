/** Times of messages, as Packetbeat writes them. */
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** Seconds of the last day that a Date holds. */
const MAX_SECONDS = 8.64e12;

/** `January  2 15:04:05 2006`, UTC; the number itself where it is no time that can be named. */
export function formatTime(seconds: number): string {
  if (seconds > MAX_SECONDS) return `${seconds}`;
  const date = new Date(seconds * 1000);
  const day = `${date.getUTCDate()}`.padStart(2);
  const clock = date.toISOString().split('T')[1]!.slice(0, 8);
  return `${MONTHS[date.getUTCMonth()]} ${day} ${clock} ${date.getUTCFullYear()}`;
}
