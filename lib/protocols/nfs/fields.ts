import { declare } from '../../events/fields.js';

export const fields = declare({
  'group.id': { type: 'keyword', about: 'Primary group of the caller, with AUTH_SYS credentials.' },
  'host.hostname': { type: 'keyword', about: 'Name of the calling machine, with AUTH_SYS credentials.' },
  'nfs.minor_version': { type: 'long', about: 'Minor version of NFS 4.' },
  'nfs.opcode': { type: 'keyword', about: 'The procedure; of a COMPOUND its main operation.' },
  'nfs.status': { type: 'keyword', about: 'Status of the reply: NFS_OK or NFSERR_...' },
  'nfs.tag': { type: 'keyword', about: 'Tag of the COMPOUND.' },
  'nfs.version': { type: 'long', about: 'Version of NFS.' },
  'rpc.auth_flavor': { type: 'keyword', about: 'Kind of credentials: none, unix, rpcsec_gss, unknown (n).' },
  'rpc.cred.gid': { type: 'long', about: 'Primary group of the caller.' },
  'rpc.cred.gids': { type: 'keyword', list: true, about: 'Further groups of the caller.' },
  'rpc.cred.machinename': { type: 'keyword', about: 'Name of the calling machine.' },
  'rpc.cred.stamp': { type: 'long', about: 'Arbitrary number of the calling machine.' },
  'rpc.cred.uid': { type: 'long', about: 'User of the caller.' },
  'rpc.status': {
    type: 'keyword',
    about:
      'What became of the call: success, prog_unavail, prog_mismatch, proc_unavail, garbage_args, system_err, rpc_mismatch, auth_error.',
  },
  'rpc.xid': { type: 'keyword', about: 'Transaction id, 8 hexadecimal digits.' },
  'source.domain': { type: 'keyword', about: 'Name of the source.' },
  'user.id': { type: 'keyword', about: 'User of the caller, with AUTH_SYS credentials.' },
});
