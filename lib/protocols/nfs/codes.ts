/** Numbers and names of ONC RPC (RFC 5531) and NFS (RFC 1094, 1813, 7530, 8881, 7862, 8276); names as Packetbeat writes them. */
import { constant } from '../../events/constants.js';

export const NFS_PROGRAM = 100003;
export const COMPOUND = 1;

export const FLAVOR = { none: 0, unix: 1, gss: 6 } as const;

/** A procedure or operation with what stands for it in events. */
export interface Operation {
  readonly opcode: number;
  readonly action: number;
}

const operation = (name: string): Operation => ({ opcode: constant(name), action: constant(`nfs.${name}`) });

export const ILLEGAL = operation('ILLEGAL');
export const NULL = operation('NULL');
/** A COMPOUND whose operations are encrypted. */
export const HIDDEN = operation('COMPOUND');

const V2 = [
  'NULL',
  'GETATTR',
  'SETATTR',
  'ROOT',
  'LOOKUP',
  'READLINK',
  'READ',
  'WRITECACHE',
  'WRITE',
  'CREATE',
  'REMOVE',
  'RENAME',
  'LINK',
  'SYMLINK',
  'MKDIR',
  'RMDIR',
  'READDIR',
  'STATFS',
].map(operation);

const V3 = [
  'NULL',
  'GETATTR',
  'SETATTR',
  'LOOKUP',
  'ACCESS',
  'READLINK',
  'READ',
  'WRITE',
  'CREATE',
  'MKDIR',
  'SYM_LINK',
  'MKNODE',
  'REMOVE',
  'RMDIR',
  'RENAME',
  'LINK',
  'READDIR',
  'READDIRPLUS',
  'FSSTAT',
  'FSINFO',
  'PATHINFO',
  'COMMIT',
].map(operation);

/** The procedure of a version that has no COMPOUND. */
export function procedureOf(version: number, procedure: number): Operation {
  return (version === 2 ? V2 : V3)[procedure] ?? ILLEGAL;
}

/** Operations of a COMPOUND that only prepare others, by number; see compound.ts for what follows them. */
export const OP = {
  getattr: 9,
  getfh: 10,
  lookup: 15,
  lookupp: 16,
  nverify: 17,
  putfh: 22,
  putpubfh: 23,
  putrootfh: 24,
  renew: 30,
  restorefh: 31,
  savefh: 32,
  secinfo: 33,
  verify: 37,
  sequence: 53,
  illegal: 10044,
} as const;

const FIRST_V4 = 3;
const V4 = [
  'ACCESS',
  'CLOSE',
  'COMMIT',
  'CREATE',
  'DELEGPURGE',
  'DELEGRETURN',
  'GETATTR',
  'GETFH',
  'LINK',
  'LOCK',
  'LOCKT',
  'LOCKU',
  'LOOKUP',
  'LOOKUPP',
  'NVERIFY',
  'OPEN',
  'OPENATTR',
  'OPEN_CONFIRM',
  'OPEN_DOWNGRADE',
  'PUTFH',
  'PUTPUBFH',
  'PUTROOTFH',
  'READ',
  'READDIR',
  'READLINK',
  'REMOVE',
  'RENAME',
  'RENEW',
  'RESTOREFH',
  'SAVEFH',
  'SECINFO',
  'SETATTR',
  'SETCLIENTID',
  'SETCLIENTID_CONFIRM',
  'VERIFY',
  'WRITE',
  'RELEASE_LOCKOWNER',
  'BACKCHANNEL_CTL',
  'BIND_CONN_TO_SESSION',
  'EXCHANGE_ID',
  'CREATE_SESSION',
  'DESTROY_SESSION',
  'FREE_STATEID',
  'GET_DIR_DELEGATION',
  'GETDEVICEINFO',
  'GETDEVICELIST',
  'LAYOUTCOMMIT',
  'LAYOUTGET',
  'LAYOUTRETURN',
  'SECINFO_NO_NAME',
  'SEQUENCE',
  'SET_SSV',
  'TEST_STATEID',
  'WANT_DELEGATION',
  'DESTROY_CLIENTID',
  'RECLAIM_COMPLETE',
  'ALLOCATE',
  'COPY',
  'COPY_NOTIFY',
  'DEALLOCATE',
  'IO_ADVISE',
  'LAYOUTERROR',
  'LAYOUTSTATS',
  'OFFLOAD_CANCEL',
  'OFFLOAD_STATUS',
  'READ_PLUS',
  'SEEK',
  'WRITE_SAME',
  'CLONE',
  'GETXATTR',
  'SETXATTR',
  'LISTXATTRS',
  'REMOVEXATTR',
].map(operation);

/** An operation of a COMPOUND; undefined: the number is nobody's. */
export function operationOf(number: number): Operation | undefined {
  return number === OP.illegal ? ILLEGAL : V4[number - FIRST_V4];
}

export const PROTOCOL: readonly number[] = ['nfsv3', 'nfsv4'].map(constant);
export const PROTOCOL_OTHER = constant('nfs');

export const FLAVORS: Readonly<Record<number, number>> = {
  [FLAVOR.none]: constant('none'),
  [FLAVOR.unix]: constant('unix'),
  [FLAVOR.gss]: constant('rpcsec_gss'),
};

/** RFC 5531 9: accept_stat. */
export const ACCEPTED: readonly number[] = [
  'success',
  'prog_unavail',
  'prog_mismatch',
  'proc_unavail',
  'garbage_args',
  'system_err',
].map(constant);

/** RFC 5531 9: reject_stat. */
export const REJECTED: readonly number[] = ['rpc_mismatch', 'auth_error'].map(constant);
export const AUTH_ERROR = 1;

/** RFC 5531 9: auth_stat. */
export const AUTH_STATUS: readonly number[] = [
  'AUTH_OK',
  'AUTH_BADCRED',
  'AUTH_REJECTEDCRED',
  'AUTH_BADVERF',
  'AUTH_REJECTEDVERF',
  'AUTH_TOOWEAK',
  'AUTH_INVALIDRESP',
  'AUTH_FAILED',
  'AUTH_KERB_GENERIC',
  'AUTH_TIMEEXPIRE',
  'AUTH_TKT_FILE',
  'AUTH_DECODE',
  'AUTH_NET_ADDR',
  'RPCSEC_GSS_CREDPROBLEM',
  'RPCSEC_GSS_CTXPROBLEM',
].map(constant);

export const NFS_OK = 0;

const STATUS: Readonly<Record<number, string>> = {
  0: 'NFS_OK',
  1: 'NFSERR_PERM',
  2: 'NFSERR_NOENT',
  5: 'NFSERR_IO',
  6: 'NFSERR_NXIO',
  13: 'NFSERR_ACCESS',
  17: 'NFSERR_EXIST',
  18: 'NFSERR_XDEV',
  19: 'NFSERR_NODEV',
  20: 'NFSERR_NOTDIR',
  21: 'NFSERR_ISDIR',
  22: 'NFSERR_INVAL',
  27: 'NFSERR_FBIG',
  28: 'NFSERR_NOSPC',
  30: 'NFSERR_ROFS',
  31: 'NFSERR_MLINK',
  63: 'NFSERR_NAMETOOLONG',
  66: 'NFSERR_NOTEMPTY',
  69: 'NFSERR_DQUOT',
  70: 'NFSERR_STALE',
  71: 'NFSERR_REMOTE',
  99: 'NFSERR_WFLUSH',
};

const FIRST_HIGH_STATUS = 10001;
const HIGH_STATUS = [
  'BADHANDLE',
  'NOT_SYNC',
  'BAD_COOKIE',
  'NOTSUPP',
  'TOOSMALL',
  'SERVERFAULT',
  'BADTYPE',
  'DELAY',
  'SAME',
  'DENIED',
  'EXPIRED',
  'LOCKED',
  'GRACE',
  'FHEXPIRED',
  'SHARE_DENIED',
  'WRONGSEC',
  'CLID_INUSE',
  'RESOURCE',
  'MOVED',
  'NOFILEHANDLE',
  'MINOR_VERS_MISMATCH',
  'STALE_CLIENTID',
  'STALE_STATEID',
  'OLD_STATEID',
  'BAD_STATEID',
  'BAD_SEQID',
  'NOT_SAME',
  'LOCK_RANGE',
  'SYMLINK',
  'RESTOREFH',
  'LEASE_MOVED',
  'ATTRNOTSUPP',
  'NO_GRACE',
  'RECLAIM_BAD',
  'RECLAIM_CONFLICT',
  'BADXDR',
  'LOCKS_HELD',
  'OPENMODE',
  'BADOWNER',
  'BADCHAR',
  'BADNAME',
  'BAD_RANGE',
  'LOCK_NOTSUPP',
  'OP_ILLEGAL',
  'DEADLOCK',
  'FILE_OPEN',
  'ADMIN_REVOKED',
  'CB_PATH_DOWN',
  'BADIOMODE',
  'BADLAYOUT',
  'BAD_SESSION_DIGEST',
  'BADSESSION',
  'BADSLOT',
  'COMPLETE_ALREADY',
  'CONN_NOT_BOUND_TO_SESSION',
  'DELEG_ALREADY_WANTED',
  'BACK_CHAN_BUSY',
  'LAYOUTTRYLATER',
  'LAYOUTUNAVAILABLE',
  'NOMATCHING_LAYOUT',
  'RECALLCONFLICT',
  'UNKNOWN_LAYOUTTYPE',
  'SEQ_MISORDERED',
  'SEQUENCE_POS',
  'REQ_TOO_BIG',
  'REP_TOO_BIG',
  'REP_TOO_BIG_TO_CACHE',
  'RETRY_UNCACHED_REP',
  'UNSAFE_COMPOUND',
  'TOO_MANY_OPS',
  'OP_NOT_IN_SESSION',
  'HASH_ALG_UNSUPP',
  'CONN_BINDING_NOT_ENFORCED',
  'CLIENTID_BUSY',
  'PNFS_IO_HOLE',
  'SEQ_FALSE_RETRY',
  'BAD_HIGH_SLOT',
  'DEADSESSION',
  'ENCR_ALG_UNSUPP',
  'PNFS_NO_LAYOUT',
  'NOT_ONLY_OP',
  'WRONG_CRED',
  'WRONG_TYPE',
  'DIRDELEG_UNAVAIL',
  'REJECT_DELEG',
  'RETURNCONFLICT',
  'DELEG_REVOKED',
  'PARTNER_NOTSUPP',
  'PARTNER_NO_AUTH',
  'UNION_NOTSUPP',
  'OFFLOAD_DENIED',
  'WRONG_LFS',
  'BADLABEL',
  'OFFLOAD_NO_REQS',
  'NOXATTR',
  'XATTR2BIG',
].map((name) => constant(`NFSERR_${name}`));

const LOW_STATUS: number[] = [];
for (const [number, name] of Object.entries(STATUS)) LOW_STATUS[Number(number)] = constant(name);

/** The constant of a status; undefined: no RFC has it. */
export function statusOf(status: number): number | undefined {
  return status < LOW_STATUS.length ? LOW_STATUS[status] : HIGH_STATUS[status - FIRST_HIGH_STATUS];
}
