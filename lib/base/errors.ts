/** Errors that a user can act on: a stable code, what happened and where, and what to do. */

/** Codes, each with the hint that is shown unless a better one is known where it happens. */
const HINTS = {
  ERR_PBFAST_PERMISSION: 'run it as root, or give the process CAP_NET_RAW (docs/capture.md)',
  ERR_PBFAST_DEVICE: 'pbfast devices lists what can be captured from',
  ERR_PBFAST_FILTER: 'filters are written as for tcpdump: man pcap-filter',
  ERR_PBFAST_FILE: 'check the path and its permissions',
  ERR_PBFAST_FORMAT: 'pcap and pcapng files are read, gzipped ones too',
  ERR_PBFAST_CAPTURE: 'this comes from libpcap',
  ERR_PBFAST_CONFIG: 'docs/config.md lists the settings',
  ERR_PBFAST_USAGE: 'pbfast --help shows what there is',
  ERR_PBFAST_OUTPUT: 'check that the output can be reached and written',
  ERR_PBFAST_PLUGIN: "CONTRIBUTING.md tells how a protocol of one's own is made",
  ERR_PBFAST_ADDON: 'npm run setup builds the native part',
} as const;

export type ErrorCode = keyof typeof HINTS;

export class PbfastError extends Error {
  override readonly name = 'PbfastError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string = HINTS[code]) {
    super(message);
    this.code = code;
    this.hint = hint;
  }

  /** An error of another thread or of the addon, which carries a code of ours; else unchanged. */
  static from(error: unknown, hint?: string): unknown {
    const { code, message, hint: own } = error as { code?: string; message?: string; hint?: string };
    if (code === undefined || !Object.hasOwn(HINTS, code)) return error;
    return new PbfastError(code as ErrorCode, message ?? code, own ?? hint ?? HINTS[code as ErrorCode]);
  }
}
