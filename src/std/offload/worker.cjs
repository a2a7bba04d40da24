// What a worker thread of an offload pool does with a task. Plain JavaScript, and CommonJS: Node loads this file as it is,
// on every version without a warning. Errors are sent as plain data, because cloning loses their codes and classes.
'use strict';

const { createRequire } = require('node:module');
const { join } = require('node:path');
const { types } = require('node:util');
const { constants, runInThisContext } = require('node:vm');

const MAX_FUNCTIONS = 1000;
const MAX_CAUSES = 5;
const UNBOUND = /^([\p{L}\p{N}_$]+) is not defined$/u;

/** @type {Map<string, Function>} */
const functions = new Map();
/** @type {Map<string, Function>} */
const importers = new Map();

// Since Node 21 and 20.12 the only way to import as another file does; it warns once, at its first use, that it is experimental.
const { emitWarning } = process;
process.emitWarning = () => undefined;
runInThisContext("import('node:vm')", { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
process.emitWarning = emitWarning;

module.exports = async function work(task) {
  try {
    return { value: sendable(await (task.source === undefined ? callModule(task) : callFunction(task))) };
  } catch (error) {
    return { failure: failureOf(error, task) };
  }
};

// Getters and the like of what was thrown may throw themselves: that must not look as if the thread had ended.
function failureOf(error, task) {
  try {
    return described(error, task, 0);
  } catch {
    return { message: 'An offloaded call threw what cannot be looked at' };
  }
}

function callFunction({ source, folder, args }) {
  const key = `${folder}\n${source}`;
  let fn = functions.get(key);
  if (fn === undefined) {
    fn = compiled(source, folder);
    if (functions.size >= MAX_FUNCTIONS) functions.delete(functions.keys().next().value);
    functions.set(key, fn);
  }
  return fn(...args);
}

function compiled(source, folder) {
  const options = { filename: fileOf(folder), importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
  // `__name` is what bundlers put around nested functions.
  const compile = (expression) =>
    runInThisContext(`(function (require, __name) { 'use strict'; return ${expression}; })`, options);
  let make;
  try {
    make = compile(`(${source}\n)`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    make = compile(`Object.values({ ${source}\n})[0]`); // a method
  }
  return make(createRequire(options.filename), (fn) => fn);
}

/** Where `require()` and `import()` of an offloaded function look from. No such file has to be there. */
function fileOf(folder) {
  return join(folder, 'offloaded function');
}

async function callModule({ specifier, folder, name, args }) {
  let importer = importers.get(folder);
  if (importer === undefined) {
    importer = runInThisContext('(specifier) => import(specifier)', {
      filename: join(folder, 'offloaded module'),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    importers.set(folder, importer);
  }
  const namespace = await importer(specifier);
  if (name === null) {
    const main = namespace.default;
    if (typeof main !== 'function') throw new TypeError(`${specifier} is not a function`);
    return main(...args);
  }
  const holder = typeof namespace[name] === 'function' ? namespace : namespace.default;
  if (typeof holder?.[name] !== 'function') throw new TypeError(`${specifier} has no function ${name}()`);
  return holder[name](...args);
}

// What cannot be cloned would end the thread when piscina sends it. To clone it here too costs only this thread's time.
function sendable(value) {
  const simple =
    (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') || value === null;
  if (!simple && !ArrayBuffer.isView(value)) structuredClone(value);
  return value;
}

function described(error, task, depth) {
  if (!types.isNativeError(error) && !(error instanceof DOMException))
    return { thrown: cloneable(error) ? error : String(error) };
  const { name, message, stack, cause } = error;
  const properties = {};
  for (const key of Object.keys(error)) {
    if (key === 'cause') continue;
    try {
      properties[key] = structuredClone(error[key]);
    } catch {
      // stays behind
    }
  }
  const result = {
    name: String(name),
    message: String(message),
    stack: String(stack),
    properties,
    unbound: unboundIn(error, task),
  };
  if (cause !== undefined && depth < MAX_CAUSES) result.cause = described(cause, task, depth + 1);
  return result;
}

/** The name that the function meant from around it, if that is what has failed. */
function unboundIn(error, { source, folder }) {
  if (source === undefined || !(error instanceof ReferenceError)) return null;
  const name = UNBOUND.exec(error.message)?.[1];
  const inFunction = String(error.stack).split('\n')[1]?.includes(fileOf(folder)) === true;
  return name !== undefined && inFunction ? name : null;
}

function cloneable(value) {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
