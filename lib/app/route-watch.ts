/** Follows the default route: when it moves to another device, so does the capture. */
import { routeDevice } from './default-device.js';
import type { ShardPlan } from './messages.js';
import type { RouteRequest } from './plan.js';

/** Asks every interface's route as often as it wants; returns how to end that. */
export function watchRoutes(
  routes: ShardPlan['routes'],
  moved: (number: number, device: string) => void,
  current: (route: RouteRequest) => string | undefined = ({ families }) => routeDevice(families),
): () => void {
  const timers = routes.map(({ number, device, route }) => {
    let last = device;
    const look = () => {
      const now = current(route);
      // While there is none, the capture stays where it was.
      if (now === undefined || now === last) return;
      last = now;
      moved(number, now);
    };
    return setInterval(look, route.pollSeconds * 1000).unref();
  });
  return () => timers.forEach(clearInterval);
}
