/**
 * Module hooks for plugins, in Node's own thread for them: `pbfast` and `pbfast/plugin` are this very package, `./x.js` may
 * be `./x.ts`, and types are stripped from .ts. Only plugins and what they import by relative paths are touched.
 */
import { readFile } from 'node:fs/promises';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

interface Context {
  readonly parentURL?: string;
  readonly format?: string | null;
}
interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}
interface Loaded {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit?: boolean;
}
type Next<T> = (at: string, context?: Context) => T | Promise<T>;

const OWN: Readonly<Record<string, string>> = { pbfast: 'index.js', 'pbfast/plugin': 'plugin.js' };
const TYPESCRIPT = /\.m?ts$/;
const RELATIVE = /^\.{1,2}\//;

/** Addresses of plugins and of what they import by relative paths. */
const plugins = new Set<string>();
let dist = '';

export function initialize(data: { readonly dist: string }): void {
  dist = data.dist;
}

export async function resolve(specifier: string, context: Context, next: Next<Resolved>): Promise<Resolved> {
  const { parentURL = '' } = context;
  const isEntry = parentURL === `${dist}app/plugin-import.js`;
  if (!isEntry && !plugins.has(parentURL)) return next(specifier, context);
  const own = Object.hasOwn(OWN, specifier) ? OWN[specifier] : undefined;
  if (own) return { url: dist + own, format: 'module', shortCircuit: true };
  if (!isEntry && !RELATIVE.test(specifier)) return next(specifier, context);
  const found = await resolveSource(specifier, context, next);
  plugins.add(found.url);
  return found;
}

/** From TypeScript, the source is preferred to what was once compiled beside it. */
async function resolveSource(specifier: string, context: Context, next: Next<Resolved>): Promise<Resolved> {
  if (specifier.endsWith('.js') && TYPESCRIPT.test(context.parentURL ?? '')) {
    try {
      return await next(`${specifier.slice(0, -3)}.ts`, context);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  return next(specifier, context);
}

export async function load(url: string, context: Context, next: Next<Loaded>): Promise<Loaded> {
  if (!plugins.has(url)) return next(url, context);
  if (TYPESCRIPT.test(url)) {
    const path = fileURLToPath(url);
    const source = strip(path, await readFile(path, 'utf8'));
    return { format: 'module', source, shortCircuit: true };
  }
  // Without a package.json that says what .js is, it is a module: nobody needs to be warned.
  return next(url, context.format ? context : { ...context, format: 'module' });
}

function strip(path: string, source: string): string {
  const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?: (source: string) => string };
  if (!stripTypeScriptTypes) return transpile(path, source);
  const { emitWarning } = process;
  try {
    process.emitWarning = () => {}; // Its ExperimentalWarning is not the user's business.
    return stripTypeScriptTypes(source);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const isOther = code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
    throw failed(
      `${path}: ${message}`,
      isOther ? 'Node strips types only: no enum, no namespace' : undefined,
    );
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Before Node 22.13: by the `typescript` of the plugin's project, or of ours. */
function transpile(path: string, source: string): string {
  const ts = findTypescript(path);
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  const [first] = diagnostics;
  if (!first) return outputText;
  const line = source.slice(0, first.start ?? 0).split('\n').length;
  throw failed(`${path}:${line}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}`);
}

function findTypescript(path: string): typeof import('typescript') {
  for (const from of [path, import.meta.url]) {
    try {
      return nodeModule.createRequire(from)('typescript') as typeof import('typescript');
    } catch {}
  }
  throw failed(
    `${path}: Node ${process.versions.node} cannot read TypeScript`,
    'npm install typescript beside the plugin, use Node 22.13 or later, or compile the plugin to .js',
  );
}

const failed = (message: string, hint?: string) =>
  Object.assign(new Error(message), { code: 'ERR_PBFAST_PLUGIN', ...(hint ? { hint } : {}) });
