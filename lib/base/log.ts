/** Messages for people, on standard error: standard output belongs to events. */
export const log = {
  silent: false,

  info(message: string): void {
    this.write(`pbfast: ${message}`);
  },

  warn(message: string): void {
    this.write(`pbfast: warning: ${message}`);
  },

  error(message: string): void {
    process.stderr.write(`pbfast: ${message}\n`);
  },

  write(line: string): void {
    if (!this.silent) process.stderr.write(`${line}\n`);
  },
};
