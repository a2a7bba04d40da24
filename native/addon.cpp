// Entry point: what JavaScript sees of the engine. Plain V8 functions, not
// Node-API ones, because a switch happens inside them (ENGINE.md trap 5).
// All state is the environment's: a static v8::Global would be destroyed after
// its isolate (trap 3).
#include <node.h>
#include <v8.h>

#include <cstring>

#include "context.hpp"
#include "fd_watcher.hpp"

namespace greenroom {
namespace {

using Arguments = const v8::FunctionCallbackInfo<v8::Value>&;

#if NODE_MAJOR_VERSION >= 26
constexpr v8::ExternalPointerTypeTag kStateTag = 1;
v8::Local<v8::External> Wrap(v8::Isolate* isolate, void* state) { return v8::External::New(isolate, state, kStateTag); }
void* StateOf(Arguments arguments) { return arguments.Data().As<v8::External>()->Value(kStateTag); }
#else
v8::Local<v8::External> Wrap(v8::Isolate* isolate, void* state) { return v8::External::New(isolate, state); }
void* StateOf(Arguments arguments) { return arguments.Data().As<v8::External>()->Value(); }
#endif

Engine* EngineOf(Arguments arguments) { return static_cast<Engine*>(StateOf(arguments)); }
FdWatchers* FdWatchersOf(Arguments arguments) { return static_cast<FdWatchers*>(StateOf(arguments)); }

v8::Local<v8::String> Text(v8::Isolate* isolate, const char* text) {
  return v8::String::NewFromUtf8(isolate, text).ToLocalChecked();
}

void Throw(v8::Isolate* isolate, const char* message) {
  isolate->ThrowException(v8::Exception::Error(Text(isolate, message)));
}

constexpr const char* kKindNames[] = {"id", "tls", "thread"};

// configure(kind: 'id' | 'tls' | 'thread' | undefined, stackBytes: number): string | undefined
void JS_configure(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  Engine* engine = EngineOf(arguments);
  const v8::String::Utf8Value name(isolate, arguments[0]);
  const SwitchKind* forced = nullptr;
  SwitchKind kind;
  for (int i = 0; arguments[0]->IsString() && i < 3; i++) {
    if (std::strcmp(*name, kKindNames[i]) != 0) continue;
    kind = static_cast<SwitchKind>(i);
    forced = &kind;
  }
  const auto stack_bytes = static_cast<size_t>(arguments[1].As<v8::Number>()->Value());
  if (!engine->Configure(forced, stack_bytes)) return;
  arguments.GetReturnValue().Set(Text(isolate, kKindNames[static_cast<int>(engine->kind())]));
}

// create(main: () => void): number | string, the limit that stands against it
void JS_create(Arguments arguments) {
  Engine* engine = EngineOf(arguments);
  if (!engine->configured()) return Throw(arguments.GetIsolate(), "greenroom: create() before configure()");
  const char* limit = nullptr;
  const int index = engine->Create(arguments[0].As<v8::Function>(), &limit);
  if (index < 0) return arguments.GetReturnValue().Set(Text(arguments.GetIsolate(), limit));
  arguments.GetReturnValue().Set(index);
}

Context* SuspendedContext(Arguments arguments) {
  Context* context = EngineOf(arguments)->Find(arguments[0].As<v8::Int32>()->Value());
  if (context == nullptr) Throw(arguments.GetIsolate(), "greenroom: no suspended context has this index");
  return context;
}

// resume(index: number): boolean, true while the context has more to run
void JS_resume(Arguments arguments) {
  Context* context = SuspendedContext(arguments);
  if (context != nullptr) arguments.GetReturnValue().Set(EngineOf(arguments)->Resume(context));
}

// discard(index: number): void
void JS_discard(Arguments arguments) {
  Context* context = SuspendedContext(arguments);
  if (context != nullptr) EngineOf(arguments)->Discard(context);
}

// trim(index: number): void
void JS_trim(Arguments arguments) {
  Context* context = SuspendedContext(arguments);
  if (context != nullptr) EngineOf(arguments)->Trim(context);
}

// suspend(keepAsyncFrame: boolean): void
void JS_suspend(Arguments arguments) {
  Engine* engine = EngineOf(arguments);
  if (engine->current() == nullptr) return Throw(arguments.GetIsolate(), "greenroom: suspend() outside a context");
  engine->Suspend(arguments[0]->IsTrue());
}

// runPendingTasks(): void. V8's tasks for this isolate, a collection of wasm code among them, which would abort later
// when a context is suspended (trap 2). Not for use below a native callback that expects no JavaScript to run.
void JS_runPendingTasks(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  node::Environment* environment = node::GetCurrentEnvironment(isolate->GetCurrentContext());
  node::GetMultiIsolatePlatform(environment)->DrainTasks(isolate);
}

// stackUsed(): number
void JS_stackUsed(Arguments arguments) {
  arguments.GetReturnValue().Set(static_cast<uint32_t>(EngineOf(arguments)->StackUsed()));
}

// getAsyncFrame(): the AsyncLocalStorage frame of now, undefined where stores live on resources
void JS_getAsyncFrame(Arguments arguments) {
  arguments.GetReturnValue().Set(GetAsyncFrame(arguments.GetIsolate()).As<v8::Value>());
}

// setAsyncFrame(frame: unknown): void
void JS_setAsyncFrame(Arguments arguments) { SetAsyncFrame(arguments.GetIsolate(), arguments[0]); }

// promiseState(value: unknown): 0 pending or no native promise, 1 fulfilled, 2 rejected
void JS_promiseState(Arguments arguments) {
  if (!arguments[0]->IsPromise()) return arguments.GetReturnValue().Set(0);
  arguments.GetReturnValue().Set(static_cast<int32_t>(arguments[0].As<v8::Promise>()->State()));
}

// promiseResult(promise: Promise<unknown>): unknown, of one that is settled
void JS_promiseResult(Arguments arguments) {
  arguments.GetReturnValue().Set(arguments[0].As<v8::Promise>()->Result());
}

// watchFd(fd: number, write: boolean, onReady: () => void): number, or a libuv error, which is negative
void JS_watchFd(Arguments arguments) {
  const int fd = arguments[0].As<v8::Int32>()->Value();
  const int events = arguments[1]->IsTrue() ? UV_WRITABLE : UV_READABLE;
  arguments.GetReturnValue().Set(FdWatchersOf(arguments)->Start(fd, events, arguments[2].As<v8::Function>()));
}

// unwatchFd(watcher: number): void
void JS_unwatchFd(Arguments arguments) { FdWatchersOf(arguments)->Stop(arguments[0].As<v8::Int32>()->Value()); }

void DeleteEngine(void* engine) { delete static_cast<Engine*>(engine); }

}  // namespace

void Initialize(v8::Local<v8::Object> exports, v8::Local<v8::Context> context) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  auto* engine = new Engine(isolate, context);
  node::AddEnvironmentCleanupHook(isolate, DeleteEngine, engine);
  void* state = engine;
  const auto define = [&](const char* name, v8::FunctionCallback callback) {
    v8::Local<v8::Function> function =
        v8::Function::New(context, callback, Wrap(isolate, state), 0, v8::ConstructorBehavior::kThrow)
            .ToLocalChecked();
    function->SetName(Text(isolate, name));
    exports->Set(context, Text(isolate, name), function).Check();
  };
  define("configure", JS_configure);
  define("create", JS_create);
  define("resume", JS_resume);
  define("discard", JS_discard);
  define("trim", JS_trim);
  define("suspend", JS_suspend);
  define("runPendingTasks", JS_runPendingTasks);
  define("stackUsed", JS_stackUsed);
  define("getAsyncFrame", JS_getAsyncFrame);
  define("setAsyncFrame", JS_setAsyncFrame);
  define("promiseState", JS_promiseState);
  define("promiseResult", JS_promiseResult);
  state = new FdWatchers(isolate);
  define("watchFd", JS_watchFd);
  define("unwatchFd", JS_unwatchFd);
  exports->Set(context, Text(isolate, "sliceClock"), engine->SliceClock()).Check();
}

}  // namespace greenroom

NODE_MODULE_INIT(/* exports, module, context */) { greenroom::Initialize(exports, context); }
