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

  // The index of a new context that will run `main`, or -1 with errno set.
  int Create(v8::Local<v8::Function> main);
  Context* Find(int index) const;
  Context* current() const { return current_; }

  // Runs a context until it suspends or its main function returns. Returns
  // false once it has ended; its index is free then.
  bool Resume(Context* context);
  // Ends a suspended context without running more of its JavaScript.
  void Discard(Context* context);
  // Leaves the current context. Returns when it is resumed; an exception is
  // pending then if the context is being discarded.
  void Suspend(bool keep_async_frame);

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
  Context* resumer_ = nullptr;  // null: the event loop's own stack
  bool running_ = false;
  bool ended_ = false;
  bool discarding_ = false;
  bool terminated_by_host_ = false;
};

}  // namespace greenroom
