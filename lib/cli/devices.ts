/** `pbfast devices`: what can be captured from. */
import { loadAddon } from '../app/native.js';

export function listDevices(): number {
  const devices = loadAddon().devices();
  if (devices.length === 0) {
    process.stdout.write(
      'no devices that can be captured from; as root there may be more: sudo pbfast devices\n',
    );
    return 0;
  }
  devices.forEach(({ name, description, addresses, up }, i) => {
    const about = description ? ` (${description})` : '';
    process.stdout.write(`${i}: ${name}${about} (${addresses || 'no address'})${up ? '' : ' down'}\n`);
  });
  return 0;
}
