/** Where the compiled package lies. Workers and plugins run compiled code, also when this is run from its source by a test. */
export const DIST = new URL('..', import.meta.url.replace(/\/lib\/app\/[^/]*$/, '/dist/app/'));
