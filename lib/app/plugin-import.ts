/** Imports a plugin. Never bundled: by the address of this module the hooks know that what it imports is one. */
export const importPlugin = (url: string): Promise<{ readonly default?: unknown }> => import(url);
