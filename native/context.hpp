// A Context is one stackful coroutine of an environment: a fiber with a V8
// thread state of its own, running one JavaScript function that suspends itself.
// The Engine owns the contexts of one environment (main thread or worker).
#pragma once

#include <node.h>
#include <v8.h>

#include <memory>
#include <vector>

#include "async_context.hpp"
#include "fiber.hpp"
#include "headroom.hpp"

namespace greenroom {

class Context;

class Engine {
 public:
  explicit Engine(v8::Isolate* isolate, v8::Local<v8::Context> context);
  ~Engine();

  // True once Configure() has found a kind that works here.
  bool configured() const { return configured_; }
  SwitchKind kind() const { return kind_; }
  // `forced` is null for the best kind that works. False if that one, or none, works.
  bool Configure(const SwitchKind* forced, size_t stack_bytes);

  // The index of a new context that will run `main`; or -1, and which limit of
  // the system, in words, stands against it.
  int Create(v8::Local<v8::Function> main, const char** limit);
  Context* Find(int index) const;
  Context* current() const { return current_; }

  // Runs a context until it suspends or its main function returns. Returns
  // false once it has ended; its index is free then.
  bool Resume(Context* context);
  // Ends a suspended context without running more of its JavaScript.
  void Discard(Context* context);
  // Gives stack pages that a suspended context does not use back to the system.
  void Trim(Context* context);
  // Leaves the current context. Returns when it is resumed; an exception is
  // pending then if the context is being discarded.
  void Suspend(bool keep_async_frame);

  // Bytes of the current context's stack between its first JavaScript and here; 0 outside contexts.
  size_t StackUsed() const;

  // Two numbers that JavaScript reads: how long the last Resume() took, and when it ended, in milliseconds of the
  // monotonic clock.
  v8::Local<v8::Float64Array> SliceClock();

  v8::Isolate* isolate() const { return isolate_; }
  v8::Local<v8::Context> context() const { return context_.Get(isolate_); }

 private:
  std::unique_ptr<Fiber> NewFiber(void* argument);

  v8::Isolate* const isolate_;
  v8::Global<v8::Context> context_;
  AsyncFrameGcGuard gc_guard_;
  bool configured_ = false;
  SwitchKind kind_ = SwitchKind::kThread;
  size_t stack_bytes_ = 0;
  ThreadIdentity identity_;
  std::vector<std::unique_ptr<Context>> contexts_;
  std::vector<int> free_indexes_;
  Context* current_ = nullptr;
  std::shared_ptr<v8::BackingStore> slice_clock_;
};

class Context {
 public:
  Context(Engine* engine, int index, v8::Local<v8::Function> main)
      : engine_(engine), index_(index), main_(engine->isolate(), main) {}

 private:
  friend class Engine;
  static void Main(void* self);

  Engine* const engine_;
  const int index_;
  v8::Global<v8::Function> main_;
  std::unique_ptr<Fiber> fiber_;
  const char* entry_ = nullptr;
  const ContextCount counted_;
  Context* resumer_ = nullptr;  // null: the event loop's own stack
  bool running_ = false;
  bool ended_ = false;
  bool discarding_ = false;
  bool terminated_by_host_ = false;
};

}  // namespace greenroom
