/** nfs-ganesha, from user space, with NFS 3 and 4 on port 2049 (TCP and UDP) and the mount service on MOUNT_PORT. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

export const NFS_PORT = 2049;
export const MOUNT_PORT = 20_048;

const settings = (folder: string) => `
NFS_CORE_PARAM {
  NFS_Port = ${NFS_PORT}; MNT_Port = ${MOUNT_PORT}; Protocols = 3, 4; Enable_NLM = false; Enable_RQUOTA = false;
}
NFSv4 { Graceless = true; RecoveryRoot = ${folder}/recovery; }
EXPORT {
  Export_Id = 1; Path = ${folder}/export; Pseudo = /export; Access_Type = RW; Squash = No_Root_Squash;
  SecType = sys, none; Protocols = 3, 4; Transports = TCP, UDP; PrivilegedPort = false; FSAL { Name = VFS; }
}
`;

export interface Nfs {
  /** Path of the export. */
  readonly exported: string;
  stop(): Promise<void>;
}

/** Version 3 registers with a portmapper, which is started as well: on port 111, with a /run of its own. */
export async function startNfs(host: NetHost, files: Readonly<Record<string, Uint8Array>>): Promise<Nfs> {
  const portmapper = await Server.start(host, () => ({
    program: 'unshare',
    args: ['--mount', 'sh', '-c', 'mount -t tmpfs none /run && exec rpcbind -w -f'],
    ports: [111],
  }));
  try {
    const server = await Server.start(host, (folder) => {
      for (const name of ['export', 'recovery']) mkdirSync(join(folder, name));
      for (const [name, content] of Object.entries(files))
        writeFileSync(join(folder, 'export', name), content);
      writeFileSync(join(folder, 'ganesha.conf'), settings(folder));
      const args = ['-F', '-L', join(folder, 'ganesha.log'), '-N', 'EVENT'];
      return {
        program: 'ganesha.nfsd',
        args: [...args, '-f', join(folder, 'ganesha.conf'), '-p', join(folder, 'ganesha.pid')],
        ports: [NFS_PORT, MOUNT_PORT],
      };
    });
    const stop = async () => {
      await server.stop();
      await portmapper.stop();
    };
    return { exported: join(server.folder, 'export'), stop };
  } catch (error) {
    await portmapper.stop();
    throw error;
  }
}
