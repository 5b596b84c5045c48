/** The addon for the rooms above app. */
export { loadAddon } from '../handoff/addon.js';
